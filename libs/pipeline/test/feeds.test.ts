import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FileNo, fileNo } from '@sluice/core';
import { commitBatch, contractOf, ledgerFeeds, openFiles, verify } from '@sluice/ledger';
import { tempFolder, waitFor } from '@sluice/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  commit,
  type FeedStores,
  judgeHealth,
  parse,
  Reconciler,
  readHealthFacts,
  rename,
  watch,
  work,
} from '../src/index.ts';
import { withContract } from '../src/load/contract.ts';
import { compareSources } from '../src/without-redis.ts';
import { type InProcess, inProcess } from './in-process.ts';
import { dropFile } from './load.ts';

const SHIPPED = new URL('../../../config/feeds/events.yaml', import.meta.url);

let pipeline: InProcess;
let feedsDir: string;
let watchers: { stop(): void; readonly ended: Promise<unknown> }[] = [];

beforeAll(async () => {
  pipeline = await inProcess();
  // A feed is taken into use only with a table that takes its rows.
  for (const table of ['orders', 'returns'])
    await pipeline.sql.unsafe(
      `CREATE TABLE ${table} (id TEXT NOT NULL UNIQUE, sluice_file BIGINT NOT NULL, sluice_line BIGINT NOT NULL, UNIQUE (sluice_file, sluice_line))`,
    );
});
afterAll(() => pipeline.close());
beforeEach(async () => {
  feedsDir = tempFolder();
  writeFileSync(join(feedsDir, 'events.yaml'), readFileSync(SHIPPED));
  for (const name of ['input_data', 'orders', 'moved']) {
    rmSync(source(name), { recursive: true, force: true });
    mkdirSync(source(name));
  }
  await pipeline.sql`TRUNCATE sluice_files, sluice_chunks, sluice_audit CASCADE`;
  await pipeline.sql`DELETE FROM sluice_feeds WHERE feed <> 'events'`;
});
afterEach(async () => {
  for (const one of watchers) one.stop();
  await Promise.all(watchers.map(({ ended }) => ended));
  watchers = [];
});

const source = (name: string) => join(pipeline.env.DATA_DIR ?? '', name);

/** Writes the YAML of a feed with this source, changed this many seconds ago. */
function declare(
  name: string,
  words: { source?: string; files?: string; maxLength?: number; ago?: number; in?: string; keep?: true },
): void {
  const folder = words.source ?? source(name);
  mkdirSync(folder, { recursive: true });
  const path = join(words.in ?? feedsDir, `${name}.yaml`);
  writeFileSync(
    path,
    `feed: ${name}
source: ${folder}
files: ["${words.files ?? '*.csv'}"]
table: ${name}
schema:
${words.keep ? '' : '  primaryKey: [id]\n'}  fields:
    - { name: id, type: string, constraints: { required: true, maxLength: ${words.maxLength ?? 40} } }
load: { cleanSource: off, duplicates: ${words.keep ? 'keep' : 'first'} }
`,
  );
  const at = new Date(Date.now() - 1000 * (words.ago ?? 60));
  utimesSync(path, at, at);
}

function watching(env: Record<string, string> = {}): FeedStores {
  const stores = pipeline.open({ FEEDS_DIR: feedsDir, RECONCILE_INTERVAL: '200ms', ...env });
  const stop = new AbortController();
  watchers.push({ stop: () => stop.abort(), ended: watch(stores, stop.signal) });
  return stores;
}

async function registered(): Promise<
  { name: string; feed: string; longest: number | undefined; gone: string | null }[]
> {
  const rows = await pipeline.sql<
    { name: string; feed: string; longest: number | null; gone: string | null }[]
  >`
    SELECT name, file.feed, gone_why AS gone, (load #>> '{contract,fields,0,constraints,maxLength}')::int AS longest
    FROM sluice_files AS file LEFT JOIN sluice_contracts USING (contract_no) ORDER BY file_no`;
  return rows.map(({ longest, ...row }) => ({ ...row, longest: longest ?? undefined }));
}

const until = async (what: string, is: () => Promise<boolean>) => await waitFor(is, { what });
const reasons = async (stores: FeedStores) => judgeHealth(await readHealthFacts(stores)).reasons;

it('a contract that changes while files are open counts for those of which nothing is committed; without YAML all is finished', async () => {
  const { sql } = pipeline;
  await sql`CREATE TABLE sales (id TEXT PRIMARY KEY, sluice_file BIGINT, sluice_line BIGINT)`;
  declare('sales', { ago: 60 });
  dropFile(source('sales'), 'begun.csv', 'id\n1\n2\n3\n');
  dropFile(source('sales'), 'untouched.csv', 'id\n4\n');
  const stores = watching({ CHUNK_ROWS: '2' });
  await until('two files', async () => (await registered()).length === 2);
  const open = await openFiles(sql, 0, 10);
  const stop = new AbortController();
  for (const { fileNo: file_no, name: file } of open)
    expect(await parse({ v: 1, file_no, file }, new Date(), stores, stop.signal)).toMatchObject({
      outcome: 'parsed',
    });
  const [contract = null] = await stores.staging.waitingContracts();
  const take = async () => {
    const batch = await stores.staging.takeBatch(contract, { id: randomUUID(), batchRows: 1, mode: 'all' });
    if (batch === undefined) throw new Error('nothing is staged');
    return batch;
  };
  const begun = open.find(({ name }) => name === 'sales/begun.csv')?.fileNo ?? fileNo.parse(1);
  const untouched = open.find(({ name }) => name !== 'sales/begun.csv')?.fileNo ?? fileNo.parse(1);
  const batches = [await take(), await take(), await take()];
  const holds = (file: FileNo, line: number) =>
    batches.find(({ chunks }) => chunks.some((one) => one.fileNo === file && one.firstLine === line));
  const [first, old] = [holds(begun, 1), holds(untouched, 1)];
  if (first === undefined || old === undefined) throw new Error('no such batches');
  await commit(first, stores);
  const [payload = ''] = (await stores.staging.payloads(old)).values();

  declare('sales', { ago: 30, maxLength: 20 });
  const pins = async () => (await registered()).map(({ name, longest }) => [name, longest]);
  await until('the new contract', async () => (await pins()).some(([, longest]) => longest === 20));
  expect(Object.fromEntries(await pins())).toEqual({ 'sales/begun.csv': 40, 'sales/untouched.csv': 20 });
  await until('no chunk of the old contract', async () => {
    const pending = await stores.staging.pendingOf([begun, untouched]);
    return pending.has(begun) && !pending.has(untouched);
  });
  const refusal = async () => {
    const renamed = await rename('sales', 'deals', stores);
    return renamed.outcome === 'refused' ? renamed.why : '';
  };
  await until('the watcher to be known', async () =>
    /watcher with pid .* has its YAML/.test(await refusal()),
  );
  // A worker may hold the payload still.
  const session = await withContract(sql, contract);
  if (session === undefined) throw new Error('no contract');
  expect(await commitBatch(session, randomUUID(), [payload])).toMatchObject({ chunks: 0, closed: [] });

  rmSync(join(feedsDir, 'sales.yaml'));
  await until('the feed to be retired', async () =>
    (await ledgerFeeds(sql)).some(({ feed, retiredAt }) => feed === 'sales' && retiredAt !== null),
  );
  expect(await refusal()).toMatch(/records of "sales.begun.csv" are staged/);
  dropFile(source('sales'), 'late.csv', 'id\n5\n');
  watchers.push({
    stop: () => stop.abort(),
    ended: work(pipeline.open({ FEEDS_DIR: feedsDir }), stop.signal),
  });
  await until('both files', async () => (await openFiles(sql, 0, 10)).length === 0);
  const rows = await sql<{ id: string; name: string }[]>`
    SELECT id, name FROM sales JOIN sluice_files ON file_no = sluice_file ORDER BY id`;
  expect(rows.map(({ id, name }) => [id, name])).toEqual([
    ...['1', '2', '3'].map((id) => [id, 'sales/begun.csv']),
    ['4', 'sales/untouched.csv'],
  ]);
  expect((await registered()).length).toBe(2);
  expect((await verify(sql)).problems).toEqual([]);
  await sql`DROP TABLE sales`;
});

describe('a watcher', () => {
  it('registers the files of each feed under its name and contract; a feed appears, changes, goes and comes back while it runs', async () => {
    const stores = watching();
    dropFile(pipeline.source, 'a.csv', 'event_id\n');
    await until('the file of events', async () => (await registered()).length === 1);
    declare('orders', { ago: 60 });
    dropFile(source('orders'), 'a.csv', 'id\n1\n');
    await until('the file of orders', async () => (await registered()).length === 2);
    expect(await registered()).toMatchObject([
      { name: 'a.csv', feed: 'events', longest: undefined },
      { name: 'orders/a.csv', feed: 'orders', longest: 40 },
    ]);
    // What is open and untouched gets the new contract as well.
    declare('orders', { ago: 30, maxLength: 20 });
    await until('the new contract', async () => (await registered())[1]?.longest === 20);
    // Somebody is still writing a feed that has open questions and was never in use.
    const fields = '[{ name: id, constraints: { required: true } }]';
    writeFileSync(
      join(feedsDir, 'unanswered.yaml'),
      `feed: unanswered\nschema: { primaryKey: "?", fields: ${fields} }\n`,
    );
    // A wrong YAML changes nothing: files are still taken by the last good one.
    writeFileSync(join(feedsDir, 'orders.yaml'), 'feed: orders\nsurce: x\n');
    await until('the mistake', async () =>
      (await reasons(stores)).some(({ code }) => code === 'feed_yaml_wrong'),
    );
    expect((await reasons(stores)).filter(({ feed }) => feed === 'unanswered')).toEqual([]);
    dropFile(source('orders'), 'b.csv', 'id\n2\n');
    await until('the next file', async () => (await registered()).length === 3);
    expect((await registered())[2]).toMatchObject({ name: 'orders/b.csv', longest: 20 });
    rmSync(join(feedsDir, 'orders.yaml'));
    const retired = async () =>
      (await ledgerFeeds(pipeline.sql)).find(({ feed }) => feed === 'orders')?.retiredAt !== null;
    await until('the feed to be retired', retired);
    declare('orders', { ago: 10, maxLength: 20 });
    await until('the feed to be back', async () => !(await retired()));
    const audit = await pipeline.sql<{ action: string }[]>`
      SELECT action FROM sluice_audit WHERE subject = 'orders' ORDER BY audit_no`;
    expect(audit.map(({ action }) => action)).toEqual(['activate', 'activate', 'retire', 'activate']);
  });

  it('with a YAML that is older and differs registers nothing for that feed, and says so', async () => {
    declare('orders', { ago: 10, maxLength: 20 });
    watching();
    await until('the feed', async () =>
      (await ledgerFeeds(pipeline.sql)).some(({ feed }) => feed === 'orders'),
    );
    const older = tempFolder();
    writeFileSync(join(older, 'events.yaml'), readFileSync(SHIPPED));
    declare('orders', { ago: 60, in: older });
    const stores = watching({ FEEDS_DIR: older });
    await until('the word of it', async () =>
      (await reasons(stores)).some(({ code }) => code === 'feed_yaml_outdated'),
    );
    const active = (await ledgerFeeds(pipeline.sql)).find(({ feed }) => feed === 'orders');
    expect(
      (await contractOf(pipeline.sql, active?.contractNo ?? null))?.load.contract.fields[0]?.constraints
        .maxLength,
    ).toBe(20);
  });

  it('whose YAML is as old as that of another one, and differs, gives way to who came last, and says so', async () => {
    const at = new Date(Date.now() - 60_000);
    declare('orders', { ago: 60 });
    utimesSync(join(feedsDir, 'orders.yaml'), at, at);
    const first = watching();
    await until('the feed', async () =>
      (await ledgerFeeds(pipeline.sql)).some(({ feed }) => feed === 'orders'),
    );
    const others = tempFolder();
    writeFileSync(join(others, 'events.yaml'), readFileSync(SHIPPED));
    declare('orders', { maxLength: 20, in: others });
    utimesSync(join(others, 'orders.yaml'), at, at);
    watching({ FEEDS_DIR: others });
    await until('the word of it', async () =>
      (await reasons(first)).some(({ code }) => code === 'feed_yaml_outdated'),
    );
    dropFile(source('orders'), 'a.csv', 'id\n1\n');
    await until('a file', async () => (await registered()).length === 1);
    expect(await registered()).toMatchObject([{ name: 'orders/a.csv', longest: 20 }]);
  });

  it('registers no file that two feeds of one folder match, and counts what is ignored there; verify knows both', async () => {
    declare('orders', { files: 'o*.csv' });
    declare('returns', { source: source('orders'), files: '*s.csv' });
    for (const name of ['o1.csv', 'rs.csv', 'os.csv', 'x.csv']) dropFile(source('orders'), name, 'id\n');
    mkdirSync(join(source('orders'), 'archive'));
    const stores = watching();
    await until('two files', async () => (await registered()).length === 2);
    expect((await registered()).map(({ name }) => name).sort()).toEqual(['orders/o1.csv', 'returns/rs.csv']);
    await until('the word of it', async () =>
      (await reasons(stores)).some(({ code }) => code === 'feed_files_ambiguous'),
    );
    const facts = await readHealthFacts(stores);
    const folder = source('orders');
    expect(judgeHealth(facts).notices).toMatchObject([
      {
        code: 'feed_files_unclaimed',
        subject: folder,
        text: `not loaded from ${folder}: 1 file that no feed matches, 1 subfolder`,
      },
    ]);
    const compared = await compareSources(stores);
    expect(compared.hidden.map(({ name, why }) => [name, why])).toEqual([
      ['orders/os.csv', 'ambiguous'],
      ['returns/os.csv', 'ambiguous'],
    ]);
    expect(compared.unclaimed).toBe(1);
  });

  it('looks for open files in the new folder of a source that has moved', async () => {
    declare('orders', { ago: 60 });
    dropFile(source('orders'), 'stays.csv', 'id\n1\n');
    watching();
    await until('the file', async () => (await registered()).length === 1);
    const moved = source('moved');
    declare('orders', { ago: 30, source: moved });
    await until('the file to be missed there', async () => (await registered())[0]?.gone === 'missing');
  });

  it('goes on with all feeds while the source of one hangs, says which folder it is, and goes on with it afterwards', async () => {
    declare('orders', {});
    const stores = pipeline.open({ FEEDS_DIR: feedsDir, RECONCILE_INTERVAL: '200ms' });
    await stores.feeds.refresh();
    const orders = stores.feeds.get('orders');
    if (orders === undefined) throw new Error('no feed');
    let answer = () => undefined;
    const hanging = new Promise<undefined>((resolve) => {
      answer = () => {
        resolve(undefined);
        return undefined;
      };
    });
    orders.source.io.within = 100;
    let calls = 0;
    const { identity } = orders.source;
    orders.source.identity = async () => {
      calls += 1;
      await orders.source.io.run(() => hanging).catch(() => undefined);
      return await identity.call(orders.source);
    };
    const stop = new AbortController();
    watchers.push({ stop: () => stop.abort(), ended: watch(stores, stop.signal) });
    await until('the word of it', async () =>
      (await reasons(stores)).some(
        ({ code, text }) => code === 'source_not_visible' && text.includes(source('orders')),
      ),
    );
    dropFile(pipeline.source, 'other.csv', 'event_id\n');
    dropFile(source('orders'), 'a.csv', 'id\n');
    await until('the file of the other feed', async () => (await registered()).length === 1);
    expect([(await registered())[0]?.name, calls > 0]).toEqual(['other.csv', true]);
    answer();
    await until('the file of the feed that hung', async () => (await registered()).length === 2);
    await until('health', async () =>
      (await reasons(stores)).every(({ code }) => code !== 'source_not_visible'),
    );
  });
});

it('a feed with many files does not keep the files of another one out of the queue', async () => {
  declare('orders', {});
  const stores = pipeline.open({ FEEDS_DIR: feedsDir, MAX_QUEUED_FILES: '10' });
  await stores.queues.board().parse.obliterate({ force: true });
  await pipeline.sql`INSERT INTO sluice_feeds (feed, contract_no) VALUES ('orders', 1)`;
  await pipeline.sql`
    INSERT INTO sluice_files (name, token, feed, chunk_rows, reader, landed_at, stable_at)
    SELECT CASE WHEN n > 50 THEN 'orders/' ELSE '' END || n || '.csv', '1', CASE WHEN n > 50 THEN 'orders' ELSE 'events' END,
           250, 3, now(), now()
    FROM generate_series(1, 53) AS n`;
  expect(await new Reconciler(stores).enqueue()).toEqual({ queued: 10, again: 0, more: true });
  const names = (await stores.queues.board().parse.getWaiting()).map(({ id }) => id);
  expect(names.filter((name) => name?.startsWith('orders/'))).toHaveLength(3);
});

it('a feed that keeps every record loads no content twice, and a new version takes the place of a gone one with its rows', async () => {
  const { sql } = pipeline;
  await sql`ALTER TABLE orders DROP CONSTRAINT orders_id_key`;
  declare('orders', { keep: true });
  watching();
  const drop = (name: string, content: string) => dropFile(source('orders'), name, content);
  const states = async () =>
    await sql<
      { name: string; held: string | null; same: string | null; quarantine: string | null; open: boolean }[]
    >`
      SELECT name, held, quarantine, closed_at IS NULL AND gone_at IS NULL AS open,
             (SELECT name FROM sluice_files AS loaded WHERE loaded.file_no = file.same_as) AS same
      FROM sluice_files AS file ORDER BY file_no`;
  const are = async (count: number) =>
    await until(`${count} versions`, async () => (await states()).length === count);
  /** What a commit of one record does. */
  const commit = async (name: string) => {
    await sql`INSERT INTO orders SELECT 'x', file_no, 2 FROM sluice_files WHERE name = ${name}`;
    await sql`UPDATE sluice_files SET records = 1, inserted = 1 WHERE name = ${name}`;
  };
  drop('a.csv', 'id\n1\n');
  drop('gone.csv', 'id\n1\n2\n');
  await are(2);
  await commit('orders/a.csv');
  await sql`UPDATE sluice_files SET closed_at = now(), total = 1 WHERE name = 'orders/a.csv'`;
  drop('copy.csv', 'id\n1\n');
  await are(3);
  await commit('orders/gone.csv');
  drop('gone.csv', 'id\n3\n4\n5\n');
  await are(4);
  drop('a.csv', 'id\n6\n7\n8\n9\n');
  await are(5);
  const none = { held: null, same: null, quarantine: null };
  expect(await states()).toEqual([
    ...[
      { ...none, name: 'orders/a.csv', open: false },
      { ...none, name: 'orders/gone.csv', open: false, quarantine: 'superseded' },
    ].sort((x, y) => x.name.localeCompare(y.name)),
    { ...none, name: 'orders/copy.csv', open: false, held: 'same_content', same: 'orders/a.csv' },
    { ...none, name: 'orders/gone.csv', open: true },
    { ...none, name: 'orders/a.csv', open: true, held: 'new_content' },
  ]);
  const [left] = await sql<{ files: string[] }[]>`
    SELECT array_agg(name) AS files FROM orders JOIN sluice_files ON file_no = sluice_file`;
  expect(left?.files).toEqual(['orders/a.csv']);
});
