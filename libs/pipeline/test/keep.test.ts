import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { verify } from '@sluice/ledger';
import { tempFolder, waitFor } from '@sluice/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type FeedStores, judgeHealth, readHealthFacts, replay, watch, work } from '../src/index.ts';
import { undo } from '../src/without-redis.ts';
import { type InProcess, inProcess } from './in-process.ts';
import { dropFile } from './load.ts';

const SHIPPED = new URL('../../../config/feeds/events.yaml', import.meta.url);

let pipeline: InProcess;
let stores: FeedStores;
let env: Record<string, string>;
let running: { stop(): void; readonly ended: Promise<unknown> }[] = [];

beforeAll(async () => {
  pipeline = await inProcess();
  const { sql } = pipeline;
  await sql`CREATE TABLE visits (id TEXT, sluice_file BIGINT, sluice_line BIGINT, PRIMARY KEY (sluice_file, sluice_line))`;
});
afterAll(() => pipeline.close());
beforeEach(async () => {
  const feeds = tempFolder();
  env = { FEEDS_DIR: feeds, RECONCILE_INTERVAL: '200ms', FLUSH_INTERVAL: '1s' };
  for (const folder of [source(), archive()]) rmSync(folder, { recursive: true, force: true });
  mkdirSync(source());
  writeFileSync(join(feeds, 'events.yaml'), readFileSync(SHIPPED));
  declare('off');
  await pipeline.sql`TRUNCATE sluice_files, sluice_chunks, sluice_audit, visits CASCADE`;
  await pipeline.sql`DELETE FROM sluice_feeds WHERE feed <> 'events'`;
  stores = pipeline.open(env);
});
afterEach(stop);

const source = () => join(pipeline.env.DATA_DIR ?? '', 'visits');
const archive = () => join(pipeline.env.DATA_DIR ?? '', 'old_visits');

function declare(cleanSource: 'off' | 'archive'): void {
  writeFileSync(
    join(env.FEEDS_DIR ?? '', 'visits.yaml'),
    `feed: visits
source: ${source()}
files: ["*.csv"]
table: visits
schema:
  fields:
    - { name: id, type: string, constraints: { required: true } }
load: { cleanSource: ${cleanSource}, archiveDir: ${archive()}, duplicates: keep }
`,
  );
}

function start(...roles: ('watch' | 'work')[]): void {
  for (const role of roles) {
    const end = new AbortController();
    const run = role === 'watch' ? watch : work;
    running.push({ stop: () => end.abort(), ended: run(pipeline.open(env), end.signal) });
  }
}

async function stop(): Promise<void> {
  for (const one of running) one.stop();
  await Promise.all(running.map(({ ended }) => ended));
  running = [];
}

const fileOf = (ids: readonly string[]) => `id\n${ids.join('\n')}\n`;
const drop = (name: string, ids: readonly string[]) => dropFile(source(), name, fileOf(ids));
const until = async (what: string, is: () => Promise<boolean>) => await waitFor(is, { what });

/** What each record stands for in the table, in order. */
async function ids(): Promise<string> {
  const rows = await pipeline.sql<{ id: string }[]>`SELECT id FROM visits ORDER BY id`;
  return rows.map(({ id }) => id).join(' ');
}

async function states(): Promise<string[]> {
  const rows = await pipeline.sql<{ text: string }[]>`
    SELECT concat_ws(' ', split_part(name, '/', 2), generation, held, quarantine,
                     CASE WHEN closed_at IS NOT NULL THEN 'closed' WHEN gone_at IS NOT NULL THEN 'gone' ELSE 'open' END) AS text
    FROM sluice_files ORDER BY file_no`;
  return rows.map(({ text }) => text);
}

const has = async (state: string) => await until(state, async () => (await states()).includes(state));
const inTable = async (wanted: string) =>
  await until(`the rows ${wanted}`, async () => (await ids()) === wanted);

async function notices(): Promise<string[]> {
  const { notices: all } = judgeHealth(await readHealthFacts(stores));
  return all.filter(({ code }) => code === 'files_held').map(({ text }) => text);
}

const undone = async (name: string) =>
  await undo(name, { confirm: async () => true }, { sql: pipeline.sql, config: stores.config });

it('a touched file is loaded once by two watchers and two workers, a copy and new content of its name are held, and an operator loads them', async () => {
  start('watch', 'watch', 'work', 'work');
  drop('a.csv', ['1', '2']);
  await inTable('1 2');
  utimesSync(join(source(), 'a.csv'), new Date(), new Date());
  await until('the touched file', async () => (await states()).length === 2);
  drop('copy.csv', ['1', '2']);
  await has('copy.csv 0 same_content closed');
  drop('a.csv', ['3', '4', '5']);
  await has('a.csv 0 new_content open');
  expect(await ids()).toBe('1 2');
  expect(
    await pipeline.sql`SELECT count(*)::int AS n FROM sluice_files WHERE closed_at IS NULL AND held IS NULL`,
  ).toMatchObject([{ n: 0 }]);
  // What waits for a person does not count as work that goes on.
  const facts = await readHealthFacts(stores);
  expect(facts.backlog.openFiles).toBe(0);
  expect((await verify(pipeline.sql)).problems).toEqual([]);
  expect(await notices()).toEqual(
    expect.arrayContaining([
      expect.stringContaining('visits/a.csv waits: it is new content under the name of a loaded file'),
      expect.stringContaining('visits/a.csv was not loaded again, because its content has not changed'),
      expect.stringContaining('visits/copy.csv was not loaded, because visits/a.csv has the same content'),
    ]),
  );
  await expect(replay('visits/a.csv', stores)).rejects.toThrow('new content under the name of a loaded file');
  await expect(replay('visits/copy.csv', stores)).rejects.toThrow('was loaded before, as "visits/a.csv"');
  await replay('visits/a.csv', stores, 'anna', true);
  await inTable('1 2 3 4 5');
  await expect(replay('visits/a.csv', stores, 'anna', true)).rejects.toThrow(
    'are in the table, from "visits/a.csv"',
  );
  await replay('visits/copy.csv', stores, 'anna', true);
  await inTable('1 1 2 2 3 4 5');
  const audit =
    await pipeline.sql`SELECT subject, done_by FROM sluice_audit WHERE action = 'release' ORDER BY 1`;
  expect(audit).toMatchObject([
    { subject: 'visits/a.csv', done_by: 'anna' },
    { subject: 'visits/copy.csv', done_by: 'anna' },
  ]);
});

it('what was undone is loaded when it lands again, or by a replay, and never beside a copy of it', async () => {
  start('watch', 'work');
  drop('a.csv', ['1', '2']);
  await inTable('1 2');
  await has('a.csv 0 closed');
  await undone('visits/a.csv');
  expect(await ids()).toBe('');
  drop('later.csv', ['1', '2']);
  await inTable('1 2');
  await has('later.csv 0 closed');
  await expect(replay('visits/a.csv', stores)).rejects.toThrow('are in the table, from "visits/later.csv"');
  await undone('visits/later.csv');
  await replay('visits/a.csv', stores);
  await inTable('1 2');
});

it('a file that vanishes half loaded is begun again when it comes back, and when it comes under another name', async () => {
  start('watch');
  drop('a.csv', ['1', '2', '3']);
  drop('b.csv', ['4', '5', '6']);
  await until('two files', async () => (await states()).length === 2);
  // What a worker leaves that is killed after the first of several chunks.
  const { sql } = pipeline;
  await sql`UPDATE sluice_files SET chunk_rows = 1, records = 1, inserted = 1, begun = 1`;
  await sql`
    INSERT INTO sluice_chunks (file_no, first_line, last_line, records, batch_id, queued_at, parsed_at, staged_at)
    SELECT file_no, 1, 2, 1, gen_random_uuid(), now(), now(), now() FROM sluice_files`;
  await sql`
    INSERT INTO visits SELECT CASE WHEN name = 'visits/a.csv' THEN '1' ELSE '4' END, file_no, 2 FROM sluice_files`;
  for (const name of ['a', 'b'])
    renameSync(join(source(), `${name}.csv`), join(pipeline.env.DATA_DIR ?? '', name));
  await has('a.csv 0 gone');
  await has('b.csv 0 gone');
  renameSync(join(pipeline.env.DATA_DIR ?? '', 'a'), join(source(), 'a.csv'));
  renameSync(join(pipeline.env.DATA_DIR ?? '', 'b'), join(source(), 'c.csv'));
  for (const name of ['a', 'b']) await has(`${name}.csv 0 superseded closed`);
  start('work');
  await inTable('1 2 3 4 5 6');
  expect((await verify(sql)).problems).toEqual([]);
});

it('clean-up takes a held copy, and leaves held new content where it is', async () => {
  declare('archive');
  start('watch', 'work');
  drop('a.csv', ['1', '2']);
  const isThere = (name: string) => existsSync(join(source(), name));
  await until('the archive', async () => !isThere('a.csv'));
  drop('copy.csv', ['1', '2']);
  drop('a.csv', ['3']);
  await until('the copy in the archive', async () => !isThere('copy.csv'));
  await has('a.csv 0 new_content open');
  expect(isThere('a.csv')).toBe(true);
  const { movedFrom } = await replay('visits/copy.csv', stores, 'anna', true);
  expect(movedFrom).toContain(archive());
  await inTable('1 1 2 2');
});

it('a slow writer: what is stable is taken as a whole file, and what it has grown to waits', async () => {
  start('watch', 'work');
  drop('a.csv', ['1']);
  await inTable('1');
  appendFileSync(join(source(), 'a.csv'), '2\n');
  await has('a.csv 0 new_content open');
  expect(await ids()).toBe('1');
  // The operator lets the whole file take the place of its first part.
  await undone('visits/a.csv');
  await replay('visits/a.csv', stores, 'anna', true);
  await inTable('1 2');
});
