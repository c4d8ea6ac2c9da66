import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FileNo } from '@sluice/core';
import { openFiles, verify } from '@sluice/ledger';
import { tempFolder, waitFor } from '@sluice/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  Discovery,
  type FeedStores,
  flush,
  judgeHealth,
  parse,
  readHealthFacts,
  watch,
  work,
} from '../src/index.ts';
import { LARGE_BYTES, LargeFiles } from '../src/load/large-files.ts';
import { dropEvents, eventsOf, type InProcess, idsInTable, inProcess, range } from './in-process.ts';
import { closedFiles, dropFile } from './load.ts';

let pipeline: InProcess;
let stopping: AbortController;
let running: Promise<unknown>[];

/** Gives each test of a group a pipeline of its own. */
function withPipeline(): void {
  beforeEach(async () => {
    pipeline = await inProcess();
    stopping = new AbortController();
    running = [];
  });
  afterEach(async () => {
    stopping.abort();
    await Promise.all(running);
    await pipeline.close();
  });
}

/** Registers files of one event each. Returns their numbers, by name. */
async function register(stores: FeedStores, count: number): Promise<Map<string, FileNo>> {
  const discovery = new Discovery(stores);
  const open = async () =>
    (await openFiles(stores.sql, 0, 100)).filter(({ name }) => stores.feed.source.owns(name));
  await waitFor(async () => (await discovery.scan(true)) && (await open()).length === count, {
    what: 'registered files',
  });
  return new Map((await open()).map(({ name, fileNo }) => [name, fileNo]));
}

/** Queues a parse of each file, in this order, as if it had this size. */
async function queue(stores: FeedStores, files: readonly [name: string, bytes: number][]): Promise<void> {
  for (const [i, [name]] of files.entries()) dropEvents(pipeline, name, [i + 1]);
  const numbers = await register(stores, files.length);
  for (const [file, bytes] of files)
    await stores.queues.board().parse.add('parse', { v: 1, file_no: numbers.get(file), file, bytes });
}

const run = (stores: FeedStores) => running.push(work(stores, stopping.signal));
const names = (beginning: string, count: number) =>
  range(1, count).map((i): [string, number] => [`${beginning}${i}.csv`, 100]);

describe('the parse slots of a worker, if it has', () => {
  it.each([
    [1, 1],
    [2, 1],
    [4, 3],
  ])('%i, read at most %i large files at once', (slots, atMost) => {
    const large = new LargeFiles(slots);
    const entered = range(1, slots).map(() => large.enter(LARGE_BYTES));
    expect(entered.filter((slot) => 'leave' in slot)).toHaveLength(atMost);
    expect(large.enter(LARGE_BYTES - 1)).toHaveProperty('leave');
    for (const slot of entered) if ('leave' in slot) slot.leave();
    expect(large.enter(LARGE_BYTES)).toHaveProperty('leave');
  });
});

describe('the parse slots of a worker', () => {
  withPipeline();

  it('go on with small files while large ones fill all the others, and a large one that had to wait is read after them', async () => {
    const stores = pipeline.open({ WORKER_CONCURRENCY: '3' });
    const large = names('large', 5).map(([name]): [string, number] => [name, LARGE_BYTES]);
    await queue(stores, [...large, ...names('small', 12)]);
    const { source } = stores.feed;
    const gate = Promise.withResolvers<void>();
    const opened: string[] = [];
    const open = source.open.bind(source);
    source.open = async (name) => {
      opened.push(name);
      if (name.startsWith('large')) await gate.promise;
      return await open(name);
    };
    run(stores);
    await waitFor(async () => (await closedFiles(pipeline.sql)) === 12, { what: 'the small files' });
    expect(opened.filter((name) => name.startsWith('large'))).toHaveLength(2);
    gate.resolve();
    await waitFor(async () => (await closedFiles(pipeline.sql)) === 17, { what: 'the large files' });
    expect(await idsInTable(pipeline)).toEqual(range(1, 17));
  });

  it('are free for other feeds while the source of one hangs, which the worker says; it goes on by itself afterwards', async () => {
    const [path, FEEDS_DIR] = [tempFolder(), tempFolder()];
    copyFileSync(
      new URL('../../../config/feeds/events.yaml', import.meta.url),
      join(FEEDS_DIR, 'events.yaml'),
    );
    writeFileSync(
      join(FEEDS_DIR, 'orders.yaml'),
      `{ feed: orders, source: "${path}", table: orders, schema: { primaryKey: [event_id], fields: [
        { name: event_id, type: string, constraints: { required: true } }] } }`,
    );
    await pipeline.sql`CREATE TABLE orders (event_id TEXT PRIMARY KEY, sluice_file BIGINT, sluice_line BIGINT)`;
    const stores = pipeline.open({ FEEDS_DIR, WORKER_CONCURRENCY: '2' });
    await stores.feeds.refresh();
    const source = stores.feeds.get('orders')?.source;
    if (source === undefined) throw new Error('no feed of orders');
    const answered = Promise.withResolvers<undefined>();
    let hangs = true;
    const open = source.open.bind(source);
    source.io.within = 200;
    source.open = async (name) => {
      if (hangs) await source.io.run(() => answered.promise);
      return await open(name);
    };
    for (const i of range(1, 4)) dropFile(path, `o${i}.csv`, eventsOf([100 + i]));
    for (const i of range(1, 8)) dropEvents(pipeline, `small${i}.csv`, [i]);
    running.push(watch(pipeline.open({ FEEDS_DIR }), stopping.signal));
    run(stores);
    await waitFor(async () => (await closedFiles(pipeline.sql)) === 8, { what: 'the files of events' });
    const blind = async () => (await stores.fleet.members()).flatMap(({ notVisible }) => notVisible ?? []);
    await waitFor(async () => (await blind()).length > 0, { what: 'the word of the worker' });
    expect(await blind()).toMatchObject([{ feed: 'orders', folder: path, hangs: true }]);
    const text = judgeHealth(await readHealthFacts(stores)).reasons.find(
      ({ code }) => code === 'source_not_visible',
    )?.text;
    expect(text).toContain(`gets no answer from the source folder of orders at ${path}`);
    const begun = await stores.sql`SELECT max(begun) AS begun FROM sluice_files WHERE closed_at IS NULL`;
    expect(begun).toEqual([{ begun: 0 }]);
    hangs = false;
    answered.resolve(undefined);
    await waitFor(async () => (await closedFiles(pipeline.sql)) === 12, { what: 'the files of orders' });
    expect(await idsInTable(pipeline)).toEqual(range(1, 8));
    expect(await pipeline.sql`SELECT count(*) FROM orders`).toEqual([{ count: 4 }]);
  });
});

describe('a parse without room in staging', () => {
  withPipeline();

  it('gives its job back, uses no attempt, and stages the rest when there is room', async () => {
    const stores = pipeline.open({ STAGING_MAX_BYTES: '8KiB', CHUNK_ROWS: '10' });
    dropEvents(pipeline, 'a.csv', range(1, 300));
    const discovery = new Discovery(stores);
    await waitFor(async () => (await discovery.scan(true)) && (await openFiles(stores.sql, 0, 10)).length, {
      what: 'a registered file',
    });
    const [file] = await openFiles(stores.sql, 0, 10);
    if (file === undefined) throw new Error('no file');
    const job = { v: 1, file_no: file.fileNo, file: file.name } as const;
    expect(await parse(job, new Date(), stores, stopping.signal)).toEqual({ outcome: 'full' });
    expect(await stores.sql`SELECT begun FROM sluice_files`).toEqual([{ begun: 0 }]);
    const { chunks } = await stores.staging.size();
    expect(chunks).toBeGreaterThan(1);
    expect((await flush('all', stores)).batches).toBe(0); // it has flushed them itself
    await stores.queues.board().parse.add('parse', job);
    run(stores);
    await waitFor(async () => (await closedFiles(pipeline.sql)) === 1, { what: 'the file' });
    expect(await idsInTable(pipeline)).toEqual(range(1, 300));
    expect((await verify(stores.sql)).problems).toEqual([]);
  });
});
