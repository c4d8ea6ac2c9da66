import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { verify } from '@sluice/ledger';
import { tempFolder, waitFor } from '@sluice/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  commit,
  Discovery,
  type FeedStores,
  flush,
  judgeHealth,
  parse,
  readHealthFacts,
  watch,
  work,
} from '../src/index.ts';
import { asideBecauseOf, lookAtTables } from '../src/load/aside.ts';
import { dropEvents, eventsOf, type InProcess, idsInTable, inProcess, range } from './in-process.ts';
import { closedFiles, dropFile } from './load.ts';

let pipeline: InProcess;
let stores: FeedStores;
let stopping: AbortController;
let running: Promise<unknown>[];
let dropRole: () => Promise<void>;

beforeEach(async () => {
  pipeline = await inProcess();
  stores = pipeline.open({ INSERT_ATTEMPTS: '1' });
  stopping = new AbortController();
  running = [];
  dropRole = async () => undefined;
});

afterEach(async () => {
  stopping.abort();
  await Promise.all(running);
  await dropRole();
  await pipeline.close();
});

const feed = async () =>
  (await stores.sql`SELECT aside_at IS NOT NULL AS aside, aside_why AS why FROM sluice_feeds`)[0];

/** A second feed with a table of another owner than the role that the watcher and the worker use. They reconcile once. */
async function withOrders(): Promise<{ readonly env: Record<string, string>; readonly source: string }> {
  const { sql } = pipeline;
  const [FEEDS_DIR, source] = [tempFolder(), tempFolder()];
  const shipped = new URL('../../../config/feeds/events.yaml', import.meta.url);
  copyFileSync(shipped, join(FEEDS_DIR, 'events.yaml'));
  writeFileSync(
    join(FEEDS_DIR, 'orders.yaml'),
    `{ feed: orders, source: "${source}", table: orders, schema: { primaryKey: [event_id], fields: [
      { name: event_id, type: string, constraints: { required: true } }, { name: price, type: string }] } }`,
  );
  await sql`CREATE TABLE orders (event_id TEXT PRIMARY KEY, price TEXT, sluice_file BIGINT, sluice_line BIGINT)`;
  const url = new URL(pipeline.env.DATABASE_URL ?? '');
  const role = `role_${url.pathname.slice(1)}`;
  [url.username, url.password] = [role, 'test'];
  await sql.unsafe(`CREATE ROLE ${role} LOGIN PASSWORD 'test'`);
  dropRole = async () => void (await sql.unsafe(`DROP OWNED BY ${role}; DROP ROLE ${role}`));
  await sql.unsafe(`GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role}`);
  return { env: { FEEDS_DIR, DATABASE_URL: url.href, RECONCILE_INTERVAL: '10m' }, source };
}

describe('a feed whose table does not fit', () => {
  it.each([
    [
      'a table that is gone',
      'ALTER TABLE orders RENAME TO elsewhere',
      'ALTER TABLE elsewhere RENAME TO orders',
      /there is no table orders/,
    ],
    [
      'a column that is gone',
      'ALTER TABLE orders RENAME price TO amount',
      'ALTER TABLE orders RENAME amount TO price',
      /price/,
    ],
    [
      'a right that the role has lost',
      'REVOKE INSERT ON orders FROM $role',
      'GRANT INSERT ON orders TO $role',
      /INSERT/,
    ],
    [
      'a column that nothing fills',
      'ALTER TABLE orders ADD COLUMN extra INT NOT NULL DEFAULT 0; ALTER TABLE orders ALTER COLUMN extra DROP DEFAULT',
      'ALTER TABLE orders DROP COLUMN extra',
      /extra/,
    ],
  ])('by %s says so, stops no other feed, rejects no row, and goes on by itself at once', async (...o) => {
    const [, spoil, remedy, why] = o;
    const { sql } = pipeline;
    const { env, source } = await withOrders();
    const role = new URL(env.DATABASE_URL ?? '').username;
    stores = pipeline.open({ INSERT_ATTEMPTS: '1', ...env });
    running.push(watch(pipeline.open(env), stopping.signal));
    const said = vi.spyOn(stores.log, 'error');
    running.push(work(stores, stopping.signal));
    dropFile(source, 'a.csv', eventsOf(range(11, 13)));
    await waitFor(async () => (await closedFiles(sql)) === 1, { what: 'a file before' });

    await sql.unsafe(spoil.replace('$role', role));
    dropFile(source, 'b.csv', eventsOf(range(14, 15)));
    const reason = async () =>
      judgeHealth(await readHealthFacts(stores)).reasons.find(({ code }) => code === 'feed_aside')?.text;
    await waitFor(async () => (await reason()) !== undefined, { what: 'the word of it' });
    expect(await reason()).toMatch(/the feed orders is set aside/);
    expect(await reason()).toMatch(why);
    const about = { feed: 'orders', why: expect.stringMatching(why), hint: expect.any(String) };
    const message = 'this feed does not fit its table: it is set aside until it does';
    dropEvents(pipeline, 'c.csv', range(1, 5));
    await waitFor(async () => (await closedFiles(sql)) === 2, { what: 'a file of the other feed' });
    expect(await idsInTable(pipeline)).toEqual(range(1, 5));
    await waitFor(async () => (await stores.staging.size()).chunks === 0, { what: 'an empty staging' });
    expect(said.mock.calls.filter(([, text]) => text === message)).toEqual([[about, message]]);

    await sql.unsafe(remedy.replace('$role', role));
    await waitFor(async () => (await closedFiles(sql)) === 3, { what: 'the file after' });
    expect(await reason()).toBeUndefined();
    expect(await sql`SELECT count(*), count(DISTINCT sluice_file) AS files FROM orders`).toEqual([
      { count: 5, files: 2 },
    ]);
    expect(await sql`SELECT sum(rejects) AS rejects FROM sluice_files`).toEqual([{ rejects: '0' }]);
    expect(await stores.queues.counts('insert')).toMatchObject({ failed: 0 });
    expect((await verify(sql)).problems).toEqual([]);
  });

  it('loses what it has staged, also in a batch that has failed, and nothing of it is read meanwhile', async () => {
    dropEvents(pipeline, 'a.csv', range(1, 5));
    const discovery = new Discovery(stores);
    await waitFor(async () => (await discovery.scan(true)).registered > 0, { what: 'a registered file' });
    const job = { v: 1, file_no: 1 as never, file: 'a.csv' } as const;
    const read = async () => (await parse(job, new Date(), stores, stopping.signal)).outcome;
    expect(await read()).toBe('parsed');
    await flush('all', stores);
    const [batch] = await stores.staging.openBatches();
    if (batch === undefined) throw new Error('no batch');
    expect(await asideBecauseOf(batch, stores)).toBeUndefined();

    await pipeline.sql`ALTER TABLE events RENAME TO elsewhere`;
    await expect(commit(batch, stores)).rejects.toThrow('42P01');
    expect(await asideBecauseOf(batch, stores)).toBe('there is no table events');
    expect(await stores.staging.size()).toMatchObject({ chunks: 0, bytes: 0, waiting: 0, batches: 0 });
    // Its job may still run: there is nothing to commit.
    expect(await commit(batch, stores)).toMatchObject({ carried: 0, records: 0 });
    expect(await read()).toBe('aside');
    expect(await stores.sql`SELECT begun FROM sluice_files`).toEqual([{ begun: 1 }]);

    await lookAtTables(stores);
    expect(await feed()).toMatchObject({ aside: true });
    await pipeline.sql`ALTER TABLE elsewhere RENAME TO events`;
    await lookAtTables(stores);
    expect(await feed()).toEqual({ aside: false, why: null });
    expect(await read()).toBe('parsed');
  });

  it('fails no batch that it took away while the batch was being committed, although the table fits again', async () => {
    dropEvents(pipeline, 'a.csv', range(1, 5));
    const discovery = new Discovery(stores);
    await waitFor(async () => (await discovery.scan(true)).registered > 0, { what: 'a registered file' });
    await parse({ v: 1, file_no: 1 as never, file: 'a.csv' }, new Date(), stores, stopping.signal);
    await flush('all', stores);
    const [batch] = await stores.staging.openBatches();
    if (batch === undefined) throw new Error('no batch');
    expect(await asideBecauseOf(batch, stores)).toBeUndefined();

    await pipeline.sql`ALTER TABLE events RENAME TO elsewhere`;
    await lookAtTables(stores);
    await pipeline.sql`ALTER TABLE elsewhere RENAME TO events`;
    expect(await asideBecauseOf(batch, stores)).toBe('there is no table events');
    await lookAtTables(stores);
    expect(await asideBecauseOf(batch, stores)).toBe('nothing of the batch is staged any more');
  });
});
