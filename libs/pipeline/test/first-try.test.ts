import { renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { verify } from '@sluice/ledger';
import { tempFolder, waitFor } from '@sluice/testkit';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Discovery, type FeedStores, recover, watch, work } from '../src/index.ts';
import { dropEvents, type InProcess, idsInTable, inProcess, range } from './in-process.ts';
import { closedFiles, dropFile } from './load.ts';

let pipeline: InProcess;
let running: { stop(): void; ended: Promise<unknown> }[];

beforeEach(async () => {
  pipeline = await inProcess();
  running = [];
});
afterEach(async () => {
  await stopAll();
  await pipeline.close();
});

const EVERY = { RECONCILE_INTERVAL: '200ms' };

function run(app: typeof watch | typeof work, stores: FeedStores): void {
  const stop = new AbortController();
  running.push({ stop: () => stop.abort(), ended: app(stores, stop.signal) });
}

async function stopAll(): Promise<void> {
  for (const one of running) one.stop();
  await Promise.all(running.splice(0).map(({ ended }) => ended));
}

async function begun(): Promise<Record<string, number>> {
  const rows = await pipeline.sql<{ name: string; begun: number }[]>`
    SELECT name, begun FROM sluice_files ORDER BY name`;
  return Object.fromEntries(rows.map(({ name, begun: times }) => [name, times]));
}

const jobsOf = async (stores: FeedStores) => await stores.queues.board().parse.getJobs(['waiting']);

async function untilQueued(stores: FeedStores, files: number): Promise<void> {
  await waitFor(async () => (await jobsOf(stores)).length === files, { what: `${files} jobs` });
}

async function untilClosed(files: number): Promise<void> {
  await waitFor(async () => (await closedFiles(pipeline.sql)) === files, { what: `${files} complete files` });
}

/** The numbers of the files whose beginning is counted when a worker begins with them. */
function countedBy(stores: FeedStores): number[] {
  const counted: number[] = [];
  const unsafe = stores.sql.unsafe.bind(stores.sql);
  const heard = ((text: string, parameters: [number], ...rest: []) => {
    if (text.includes('begun AS (')) counted.push(parameters[0]);
    return unsafe(text, parameters, ...rest);
  }) as typeof unsafe;
  Object.assign(stores.sql, { unsafe: heard });
  return counted;
}

it('only the first try of a file that is new asks the ledger for nothing; each other try is counted there', async () => {
  const stores = pipeline.open(EVERY);
  dropEvents(pipeline, 'older.csv', [1]);
  const discovery = new Discovery(stores);
  await waitFor(async () => (await discovery.scan(true)).registered === 1, { what: 'an older file' });
  run(watch, stores);
  await untilQueued(stores, 1);
  const names = ['fresh.csv', 'taken-over.csv', 'lost-job.csv', 'old-job.csv'];
  for (const [i, name] of names.entries()) dropEvents(pipeline, name, [2 + i]);
  await untilQueued(stores, 5);
  expect(await begun()).toEqual({ 'older.csv': 0, ...Object.fromEntries(names.map((name) => [name, 1])) });

  const { parse } = stores.queues.board();
  const redis = new Redis(pipeline.env.REDIS_URL ?? '');
  await redis.hset(parse.toKey('taken-over.csv'), 'ats', 1);
  redis.disconnect();
  const { data } = (await parse.getJob('old-job.csv')) ?? {};
  await parse.remove('old-job.csv');
  await parse.add('parse', { v: 1, file_no: data.file_no, file: data.file }, { jobId: 'old-job.csv' });
  await parse.remove('lost-job.csv');
  await untilQueued(stores, 5);
  // A watcher that goes on may queue a file again that is just being loaded, which is one more try.
  await stopAll();
  const worker = pipeline.open();
  const counted = countedBy(worker);
  run(work, worker);
  await untilClosed(5);
  expect(await begun()).toEqual({
    ...{ 'fresh.csv': 1, 'older.csv': 1, 'taken-over.csv': 2, 'lost-job.csv': 2, 'old-job.csv': 2 },
  });
  const [fresh] = await pipeline.sql<{ no: number }[]>`
    SELECT file_no AS no FROM sluice_files WHERE name = 'fresh.csv'`;
  expect(counted).toHaveLength(4);
  expect(counted).not.toContain(fresh?.no);
  expect(await idsInTable(pipeline)).toEqual(range(1, 5));
});

it('a feed that gets another contract, or is set aside, while first tries wait: none is read by what its job says', async () => {
  const { sql } = pipeline;
  const [folder, FEEDS_DIR] = [tempFolder(), tempFolder()];
  await sql`CREATE TABLE orders (id TEXT PRIMARY KEY, sluice_file BIGINT, sluice_line BIGINT)`;
  const declare = (maxLength: number, ago: number) => {
    const path = join(FEEDS_DIR, 'orders.yaml');
    writeFileSync(
      path,
      `{ feed: orders, source: "${folder}", table: orders, schema: { primaryKey: [id], fields: [
        { name: id, type: string, constraints: { required: true, maxLength: ${maxLength} } }] } }`,
    );
    utimesSync(path, new Date(Date.now() - ago), new Date(Date.now() - ago));
  };
  declare(40, 60_000);
  const stores = pipeline.open({ ...EVERY, FEEDS_DIR });
  run(watch, stores);
  for (const n of range(1, 3)) dropFile(folder, `${n}.csv`, `id\n${n}\n${'x'.repeat(30)}${n}\n`);
  await untilQueued(stores, 3);
  declare(20, 30_000);
  await waitFor(async () => (await sql`SELECT FROM sluice_files WHERE begun = 0`).length === 3, {
    what: 'the new contract',
  });
  await stopAll();
  // No watcher runs that could queue them again.
  const worker = pipeline.open({ FEEDS_DIR, FLUSH_INTERVAL: '200ms' });
  run(work, worker);
  await untilClosed(3);
  expect(
    await sql`SELECT sum(inserted) AS inserted, sum(rejects) AS rejects, max(begun) AS begun FROM sluice_files`,
  ).toEqual([{ inserted: '3', rejects: '3', begun: 1 }]);
  await stopAll();

  run(watch, pipeline.open({ ...EVERY, FEEDS_DIR }));
  for (const n of range(4, 6)) dropFile(folder, `${n}.csv`, `id\n${n}\n`);
  await untilQueued(stores, 3);
  await sql`ALTER TABLE orders RENAME TO elsewhere`;
  run(work, pipeline.open({ FEEDS_DIR, FLUSH_INTERVAL: '200ms' }));
  await waitFor(async () => (await stores.queues.counts('parse')).alive === 0, { what: 'an empty queue' });
  expect(await sql`SELECT begun FROM sluice_files WHERE closed_at IS NULL`).toEqual(
    Array.from({ length: 3 }, () => ({ begun: 0 })),
  );
  expect(await stores.staging.size()).toMatchObject({ chunks: 0 });
  await sql`ALTER TABLE elsewhere RENAME TO orders`;
  await untilClosed(6);
  expect(await sql`SELECT max(begun) AS begun FROM sluice_files`).toEqual([{ begun: 1 }]);
  expect((await verify(sql)).problems).toEqual([]);
});

it('a file that leaves before its first try, and comes back with another ctime, is the same version', async () => {
  const stores = pipeline.open(EVERY);
  run(watch, stores);
  dropEvents(pipeline, 'a.csv', [1, 2]);
  await untilQueued(stores, 1);
  const away = join(tempFolder(), 'a.csv');
  renameSync(join(pipeline.source, 'a.csv'), away);
  const gone = async () => (await pipeline.sql`SELECT FROM sluice_files WHERE gone_at IS NOT NULL`).length;
  await waitFor(async () => (await gone()) === 1, { what: 'the word that it is gone' });
  renameSync(away, join(pipeline.source, 'a.csv'));
  await waitFor(async () => (await gone()) === 0, { what: 'the word that it is back' });
  run(work, pipeline.open());
  await untilClosed(1);
  expect(await begun()).toEqual({ 'a.csv': 1 });
  expect(await idsInTable(pipeline)).toEqual([1, 2]);
});

it('a ledger that lost commits, and gives their numbers to other files: recover drops what first tries would take for theirs', async () => {
  const { sql } = pipeline;
  const stores = pipeline.open(EVERY);
  run(watch, stores);
  dropEvents(pipeline, 'lost.csv', [1, 2]);
  await untilQueued(stores, 1);
  await stopAll();
  await sql`TRUNCATE sluice_files RESTART IDENTITY CASCADE`;
  dropEvents(pipeline, 'before.csv', [3, 4]);
  await recover(stores);
  run(work, pipeline.open());
  run(watch, pipeline.open(EVERY));
  await untilClosed(2);
  expect(await idsInTable(pipeline)).toEqual(range(1, 4));
  expect((await verify(sql)).problems).toEqual([]);
});
