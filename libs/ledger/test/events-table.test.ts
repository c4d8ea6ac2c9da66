import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fleet, tempFolder, testDatabase, testRedis, waitFor } from '@sluice/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectPostgres, type Sql } from '../src/client.ts';
import { withEventsTable } from '../src/events-table.ts';
import { checkSchema, migrate } from '../src/migrations/migrations.ts';
import { totals } from '../src/read/statistics.ts';
import { verify } from '../src/read/verify.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let pools: Sql[];

beforeEach(async () => {
  database = await testDatabase();
  pools = [];
});
afterEach(async () => {
  await Promise.all(pools.map((sql) => sql.end()));
  await database.drop();
});

function connect(eventsTable?: string): Sql {
  const sql = connectPostgres(database.url, 'test', eventsTable === undefined ? {} : { eventsTable });
  pools.push(sql);
  return sql;
}

/** Tables of events by their shape, with the names of their indexes. */
async function eventTables(sql: Sql): Promise<Record<string, string[]>> {
  const rows = await sql<{ table: string; indexes: string[] }[]>`
    SELECT schemaname || '.' || tablename AS table, array_agg(indexname ORDER BY indexname)::text[] AS indexes
    FROM pg_indexes WHERE tablename NOT LIKE 'sluice%' AND schemaname NOT IN ('pg_catalog', 'pg_toast')
    GROUP BY 1`;
  return Object.fromEntries(rows.map(({ table, indexes }) => [table, indexes]));
}

const indexesOf = (table: string): string[] => [
  `${table}_pkey`,
  ...['event_type', 'product_id', 'timestamp', 'user_id'].map((column) => `idx_${table}_${column}`),
];

test('the table is called events, its indexes idx_events_*, when nothing else is configured', async () => {
  const sql = connect();
  await migrate(sql);
  expect(await eventTables(sql)).toEqual({ 'public.events': indexesOf('events').sort() });
});

test('the table may have any name, a reserved word too, in any schema, and its indexes are named after it', async () => {
  const sql = connect('shop.order');
  await sql`CREATE SCHEMA shop`;
  await migrate(sql);
  await checkSchema(sql);
  expect(await eventTables(sql)).toEqual({ 'shop.order': indexesOf('order').sort() });
});

test('the indexes of a table with the longest name are four', async () => {
  const name = 'e'.repeat(63);
  const sql = connect(name);
  await migrate(sql);
  expect((await eventTables(sql))[`public.${name}`]).toHaveLength(5);
});

test('a ledger that was made for another table is refused, with what to do', async () => {
  await migrate(connect('shop_events'));
  await expect(checkSchema(connect())).rejects.toMatchObject({
    message: 'the database has the ledger, but no table events',
    hint: expect.stringContaining('set EVENTS_TABLE to the table'),
  });
});

test('only placeholders are replaced, and a name cannot leave its quotes', () => {
  expect(withEventsTable("SELECT ':' || x::events FROM :events, :eventsource", 'a')).toBe(
    `SELECT ':' || x::events FROM "a", :eventsource`,
  );
  expect(withEventsTable('FROM :events', 'a"; DROP TABLE b')).toBe('FROM "a""; DROP TABLE b"');
});

test('a pipeline with EVENTS_TABLE=shop_events commits to that table, and verifies it', async () => {
  const sql = connect('shop_events');
  await migrate(sql);
  const dataDir = tempFolder();
  mkdirSync(join(dataDir, 'input_data'));
  const ids = [1, 2, 3].map((n) => `00000000-0000-4000-8000-00000000000${n}`);
  const lines = [...ids, ids[0]].map((id) => `${id},view,p,u,2026-01-02 03:04:05,1,2.50\n`).join('');
  const head = 'event_id,event_type,product_id,user_id,event_timestamp,quantity,price\n';
  writeFileSync(join(dataDir, 'input_data', 'a.csv'), head + lines);
  const redis = testRedis();
  const fleet = new Fleet({
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    REDIS_PREFIX: redis.prefix,
    DATA_DIR: dataDir,
    EVENTS_TABLE: 'shop_events',
    FLUSH_INTERVAL: '500ms',
    STABLE_FOR: '100ms',
  });
  try {
    fleet.start('watcher');
    fleet.start('worker');
    await waitFor(async () => (await totals(sql)).closed === 1, { what: 'the file in the ledger' });
    const rows = await sql<{ event_id: string }[]>`SELECT event_id FROM shop_events ORDER BY 1`;
    expect(rows.map((row) => row.event_id)).toEqual(ids);
    expect(await totals(sql)).toMatchObject({ records: 4, inserted: 3, duplicates: 1 });
    expect((await verify(sql)).problems).toEqual([]);
    await sql`DELETE FROM shop_events WHERE event_id = ${ids[0] ?? ''}`;
    expect((await verify(sql)).problems).toMatchObject([{ problem: 'table_differs' }]);
  } finally {
    await fleet.stop();
  }
});
