import { mkdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFiles, verify } from '@sluice/ledger';
import { listed } from '@sluice/source';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { commit, type FeedStores, flush, parse, recover, rehearse, replay } from '../src/index.ts';
import { lineage, type UndoPlan, undo } from '../src/without-redis.ts';
import { dropEvents, type InProcess, idOf, idsInTable, inProcess, range } from './in-process.ts';

let pipeline: InProcess;
let stores: FeedStores;

beforeEach(async () => {
  pipeline = await inProcess();
  stores = pipeline.open();
});

afterEach(() => pipeline.close());

const drop = (name: string, ids: readonly number[]) => dropEvents(pipeline, name, ids);
const load = (env: Record<string, string> = {}) => pipeline.load(env);

/** Loads all that lies in the folder as one micro-batch. */
async function loadTogether(): Promise<void> {
  await recover(stores);
  for (const { fileNo, name } of await openFiles(stores.sql, 0, 100)) {
    await parse({ v: 1, file_no: fileNo, file: name }, new Date(), stores, new AbortController().signal);
  }
  await flush('all', stores);
  const [batch, ...others] = await stores.staging.openBatches();
  expect(others).toEqual([]);
  if (batch !== undefined) await commit(batch, stores);
}

async function expectClean(): Promise<void> {
  expect([...(await verify(stores.sql)).problems]).toEqual([]);
}

async function undone(name: string, o: { yes?: boolean; version?: number } = {}) {
  const plans: UndoPlan[] = [];
  const confirm = async (plan: UndoPlan) => {
    plans.push(plan);
    return o.yes ?? true;
  };
  return { ...(await undo(name, { version: o.version, confirm }, stores)), plans };
}

it('undo removes the rows of one file of a mixed batch, once; verify stays clean, and a replay brings them back', async () => {
  drop('a.csv', range(1, 10));
  drop('b.csv', range(11, 20));
  await loadTogether();
  const { plan, removed } = await undone('a.csv');
  expect(plan).toMatchObject({ rows: 10, byType: [{ name: 'view', rows: 10 }], batches: 1, shared: 0 });
  expect(removed).toBe(10);
  expect(await idsInTable(pipeline)).toEqual(range(11, 20));
  await expectClean();
  const again = await undone('a.csv');
  expect(again).toMatchObject({ removed: undefined, plan: { rows: 0, undoneBefore: true }, plans: [] });
  const audit = await stores.sql`SELECT action, subject, detail, done_by FROM sluice_audit`;
  expect([...audit]).toEqual([
    {
      action: 'undo',
      subject: 'a.csv',
      detail: { feed: 'events', files: [1], rows: 10 },
      done_by: expect.stringMatching(/.@./),
    },
  ]);

  await replay('a.csv', stores);
  await load();
  expect(await idsInTable(pipeline)).toEqual(range(1, 20));
  await expectClean();
  expect((await undone('a.csv')).removed).toBe(10);
  await expectClean();
});

it('undo changes nothing when it is not confirmed', async () => {
  drop('a.csv', range(1, 5));
  await loadTogether();
  const { removed, plans } = await undone('a.csv', { yes: false });
  expect([removed, plans.length]).toEqual([undefined, 1]);
  expect(await idsInTable(pipeline)).toEqual(range(1, 5));
  expect([...(await stores.sql`SELECT FROM sluice_audit`)]).toHaveLength(0);
});

it('undo leaves rows that another loaded file holds too, until that one is undone as well', async () => {
  drop('a.csv', range(1, 10));
  await load();
  drop('b.csv', range(8, 15));
  await load();
  const first = await undone('a.csv');
  expect(first.plan).toMatchObject({ rows: 7, shared: 3, sharedWith: ['b.csv'] });
  expect(await idsInTable(pipeline)).toEqual(range(8, 15));
  await expectClean();
  expect((await undone('b.csv')).removed).toBe(5);
  expect((await undone('a.csv')).removed).toBe(3);
  expect(await idsInTable(pipeline)).toEqual([]);
  await expectClean();
});

it('undo of a file takes nothing that a file before it in the same batch brought', async () => {
  drop('a.csv', range(1, 10));
  drop('b.csv', range(6, 15));
  await loadTogether();
  const files = await stores.sql<{ name: string }[]>`SELECT name FROM sluice_files ORDER BY file_no`;
  expect(files.map(({ name }) => name)).toEqual(['a.csv', 'b.csv']);
  expect((await undone('b.csv')).plan).toMatchObject({ rows: 5, shared: 0 });
  expect(await idsInTable(pipeline)).toEqual(range(1, 10));
  await expectClean();
});

it('undo refuses a file that is gone when its batch held others, and removes a batch that it had alone', async () => {
  drop('a.csv', range(1, 5));
  drop('b.csv', range(6, 10));
  await loadTogether();
  drop('alone.csv', range(11, 15));
  await load();
  for (const name of ['a.csv', 'alone.csv']) rmSync(join(pipeline.source, name));
  await expect(undone('a.csv')).rejects.toThrow(
    /"a.csv" cannot be read any more, and its batches held other files too \("b.csv"\).*Nothing was removed/,
  );
  expect((await undone('alone.csv')).removed).toBe(5);
  expect(await idsInTable(pipeline)).toEqual(range(1, 10));
  await expectClean();
});

it('undo asks which of two contents of a name is meant', async () => {
  drop('a.csv', range(1, 5));
  await load();
  drop('a.csv', range(6, 10));
  await load();
  await expect(undone('a.csv')).rejects.toMatchObject({
    message: '2 contents of "a.csv" have rows in the table',
    hint: expect.stringMatching(/^name one with --file-no: 1 \(.*\), 2 \(/),
  });
  expect((await undone('a.csv', { version: 2 })).removed).toBe(5);
  expect(await idsInTable(pipeline)).toEqual(range(1, 5));
});

it('replay reads by the CHUNK_ROWS of today, and finds every row there', async () => {
  drop('a.csv', range(1, 10));
  await load();
  const { fileNo } = await replay('a.csv', pipeline.open({ CHUNK_ROWS: '4' }));
  await expect(replay('a.csv', stores)).rejects.toThrow('"a.csv" is still being loaded');
  await load();
  const files = await stores.sql`
    SELECT file_no, generation, inserted, duplicates,
           (SELECT count(*) FROM sluice_chunks WHERE sluice_chunks.file_no = file.file_no) AS chunks
    FROM sluice_files AS file ORDER BY file_no`;
  expect([...files]).toEqual([
    { file_no: 1, generation: 0, inserted: 10, duplicates: 0, chunks: 1 },
    { file_no: fileNo, generation: 1, inserted: 0, duplicates: 10, chunks: 3 },
  ]);
  await expectClean();
});

it('replay moves an archived file back, reads it, and clean-up archives it again', async () => {
  const cleanUp = { CLEAN_SOURCE: 'archive' };
  drop('a.csv', range(1, 5));
  await load(cleanUp);
  expect(await listed(stores.feed.source)).toEqual([]);
  const { movedFrom } = await replay('a.csv', stores);
  expect(movedFrom).toMatch(/archive\/\d{4}\/\d\d\/\d\d\/a\.csv$/);
  await load(cleanUp);
  expect(await listed(stores.feed.source)).toEqual([]);
  expect(statSync(movedFrom ?? '').isFile()).toBe(true);
  await expectClean();
});

it('replay tells what to do with a file that is not there, not known, or was put back as a copy', async () => {
  await expect(replay('none.csv', stores)).rejects.toMatchObject({
    hint: 'name a file that has been loaded',
  });
  drop('a.csv', range(1, 5));
  await expect(replay('a.csv', stores)).rejects.toThrow(
    '"a.csv", as it lies in the source folder, has not been',
  );
  await load();
  const path = join(pipeline.source, 'a.csv');
  rmSync(path);
  await expect(replay('a.csv', stores)).rejects.toThrow('there is no file "a.csv" in the source folder');
  drop('a.csv', range(1, 5));
  utimesSync(path, 1, 1);
  await replay('a.csv', stores);
  await load();
  const [last] = await stores.sql`SELECT duplicates FROM sluice_files ORDER BY file_no DESC LIMIT 1`;
  expect(last).toEqual({ duplicates: 5 });
});

it('recover loads again what PostgreSQL has lost and Redis still calls loaded; its rehearsal changes nothing', async () => {
  drop('a.csv', range(1, 5));
  drop('b.csv', range(6, 10));
  await load();
  expect(await rehearse(stores)).toMatchObject({ found: 2, closed: 2, open: 0, hidden: [], foreign: 0 });
  // As a restore to a state before the load.
  await stores.sql`TRUNCATE events, sluice_files, sluice_chunks, sluice_commits, sluice_commit_counts RESTART IDENTITY`;
  // Left in staging by the old timeline, under a number that another file will get.
  const stale = {
    contractNo: null,
    fileNo: 1 as never,
    file: 'old.csv',
    firstLine: 1,
    lastLine: 2,
    records: 1,
  };
  await stores.staging.stage(stale, '{"v":1}', 1_000_000);
  const rehearsal = await rehearse(stores);
  expect(rehearsal).toMatchObject({ closed: 0, unknown: 2, members: 2, foreign: 1 });
  expect([...rehearsal.hidden].sort()).toEqual(['a.csv', 'b.csv']);
  expect(await stores.feed.checkpoint.size()).toBe(2);
  expect(await recover(stores)).toMatchObject({ before: 2, after: 0, registered: 2, queued: 2, dropped: 1 });
  await load();
  expect(await idsInTable(pipeline)).toEqual(range(1, 10));
  await expectClean();
});

it('the rehearsal names open files that are not in the folder any more', async () => {
  drop('a.csv', range(1, 5));
  await recover(stores);
  renameSync(join(pipeline.source, 'a.csv'), join(pipeline.source, 'a.txt'));
  expect(await rehearse(stores)).toMatchObject({ found: 0, missing: ['a.csv'] });
});

it('lineage finds the batch, its files and the exact line, also in the archive', async () => {
  drop('a.csv', range(1, 5));
  drop('b.csv', range(6, 10));
  await loadTogether();
  const found = await lineage(idOf(8), stores);
  expect(found).toMatchObject({
    row: { event_id: idOf(8) },
    files: [{ name: 'a.csv', readable: true }, { name: 'b.csv' }],
    origin: { name: 'b.csv', line: 4, certain: true },
  });
  rmSync(join(pipeline.source, 'a.csv'));
  const [closed] = await stores.sql<{ day: string }[]>`
    SELECT to_char(closed_at AT TIME ZONE 'UTC', 'YYYY/MM/DD') AS day FROM sluice_files WHERE name = 'b.csv'`;
  const day = join(stores.config.archiveDir, closed?.day ?? '');
  mkdirSync(day, { recursive: true });
  writeFileSync(join(day, 'b.csv'), 'another file of that name');
  await load({ CLEAN_SOURCE: 'archive' });
  expect(await lineage(idOf(8), stores)).toMatchObject({
    files: [
      { name: 'a.csv', readable: false },
      { name: 'b.csv', readable: true },
    ],
    origin: { path: join(day, 'b~2.csv'), line: 4, certain: false },
  });
});

it('lineage says why an event is not there: rejected, undone, or unknown', async () => {
  const bad = `${idOf(3)},view,p,u,tomorrow,1,1.00\n`;
  drop('a.csv', [1, 2]);
  writeFileSync(join(pipeline.source, 'a.csv'), bad, { flag: 'a' });
  await loadTogether();
  expect(await lineage(idOf(3), stores)).toMatchObject({
    row: undefined,
    mentions: [{ kind: 'reject', name: 'a.csv', line: 4, code: 'invalid_timestamp' }],
  });
  expect(await lineage(idOf(9), stores)).toEqual({
    ...{ row: undefined, corrections: [], mentions: [] },
    ...{ undone: [], openFiles: 0, detailHidden: false },
  });
  await undone('a.csv');
  expect(await lineage(idOf(1), stores)).toMatchObject({ undone: [{ name: 'a.csv', undone: 2 }] });
});
