import { createHash, randomUUID } from 'node:crypto';
import { type FileNo, fileNo } from '@sluice/core';
import { knownMigrations, migrate, type Sql, totals, verify } from '@sluice/ledger';
import { sourceAt } from '@sluice/source';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FeedStores, replay } from '../src/index.ts';
import { undo } from '../src/without-redis.ts';
import { eventsOf, type InProcess, idOf, idsInTable, inProcess } from './in-process.ts';
import { dropFile } from './load.ts';

/** The last migration of the version before feeds. */
const LAST = 13;
const COMMITTED = '2026-01-02 03:04:05.678901+00';
const BATCH = randomUUID();
const CLOSED = `${eventsOf([1, 2])}${idOf(1)},click,p,u,2026-01-01 00:00:00,1,1.00\n${idOf(9)},view,p,u,no,1,1.00\n`;

let pipeline: InProcess;
let stores: FeedStores;

beforeAll(async () => {
  pipeline = await inProcess();
  stores = pipeline.open();
  await makeOldSchema(pipeline.sql);
  await fillOldLedger(pipeline);
  await migrate(pipeline.sql);
});
afterAll(() => pipeline.close());

async function makeOldSchema(sql: Sql): Promise<void> {
  await sql.unsafe('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  await sql.unsafe(
    'CREATE TABLE sluice_migrations (version INT PRIMARY KEY, name TEXT NOT NULL, applied_at TIMESTAMPTZ NOT NULL DEFAULT now(), checksum TEXT)',
  );
  for (const { version, name, checksum, text } of knownMigrations()) {
    if (version > LAST) break;
    const named = text
      .replaceAll(/(?<!:):idx_(\w+)/g, 'idx_events_$1')
      .replaceAll(/(?<!:):events\b/g, 'events');
    await sql.unsafe(named);
    await sql`INSERT INTO sluice_migrations (version, name, checksum) VALUES (${version}, ${name}, ${checksum})`;
  }
}

/** One file that is loaded, one that is open, one that is staged, and one whose batch has failed, as the version before wrote them. */
async function fillOldLedger({ sql, source }: InProcess): Promise<void> {
  const contents = {
    closed: CLOSED,
    open: eventsOf([3, 4]),
    staged: eventsOf([5, 6]),
    failed: eventsOf([7, 8]),
  };
  const files: Record<string, FileNo> = {};
  for (const [name, content] of Object.entries(contents)) {
    dropFile(source, `${name}.csv`, content);
    const found = await sourceAt(source).look(`${name}.csv`);
    if (found === undefined) throw new Error(`${name} is not there`);
    const rules = '{"delimiter":",","time_zone":"UTC","reject_limit":null,"expansion_limit":200}';
    const [row] = await sql<{ file_no: number }[]>`
      INSERT INTO sluice_files (name, token, changed_at, chunk_rows, reader, rules, landed_at, stable_at, begun)
      VALUES (${found.name}, ${found.token}, ${found.changedAt}, 250, 3, ${rules}::text::json, now(), now(), ${name === 'open' ? 0 : 1})
      RETURNING file_no`;
    files[name] = fileNo.parse(row?.file_no);
  }
  await fillClosed(sql, files.closed ?? fileNo.parse(1));
  const redis = new Redis(pipeline.env.REDIS_URL ?? '');
  const key = (name: string) => `${stores.config.redisPrefix}:${name}`;
  const stage = async (name: string, ids: readonly number[], list: () => Promise<unknown>) => {
    const no = files[name];
    const payload = oldPayload(no, ids);
    const meta = {
      file_no: no,
      file: `${name}.csv`,
      first_line: 1,
      last_line: 3,
      records: 2,
      bytes: payload.length,
    };
    await redis.set(key(`chunk:${no}/1`), payload);
    await redis.hset(key('chunks'), `${no}/1`, JSON.stringify(meta));
    await redis.hset(key('pending'), String(no), 1);
    await redis.hincrby(key('totals'), 'bytes', payload.length);
    await list();
  };
  await stage('staged', [5, 6], async () => {
    await redis.rpush(key('staged'), `${files.staged}/1`);
    await redis.hset(key('totals'), 'records', 2);
  });
  await stage('failed', [7, 8], async () => {
    await redis.hset(key('batches'), BATCH, JSON.stringify([`${files.failed}/1`]));
    const chunks = [{ file: 'failed.csv', file_no: files.failed, lines: [1, 3], records: 2 }];
    const { insert } = stores.queues.board();
    const data = { v: 1, batch: BATCH, records: 2, transient: true, revivals: 0, chunks };
    await insert.add('2 records of 1 file', data, { jobId: BATCH });
    await redis.hset(insert.toKey(BATCH), {
      failedReason: 'PostgreSQL failed: SQLSTATE 57014',
      finishedOn: Date.now(),
    });
    await redis.lrem(insert.toKey('wait'), 0, BATCH);
    await redis.zadd(insert.toKey('failed'), Date.now(), BATCH);
  });
  redis.disconnect();
}

async function fillClosed(sql: Sql, no: FileNo): Promise<void> {
  const hash = createHash('sha256').update(CLOSED).digest('hex');
  await sql`
    INSERT INTO events SELECT id::uuid, 'view', 'p', 'u', '2026-01-01', 1, 1.00, ${COMMITTED}::timestamptz AT TIME ZONE 'UTC'
    FROM unnest(${[idOf(1), idOf(2)]}::text[]) AS id`;
  await sql`
    UPDATE sluice_files SET records = 4, total = 4, inserted = 2, duplicates = 1, conflicts = 1, rejects = 1, last_line = 5,
           content_hash = ${hash}, columns_at = '{0,1,2,3,4,5,6}', columns = 7, closed_at = ${COMMITTED}
    WHERE file_no = ${no}`;
  await sql`
    INSERT INTO sluice_chunks (file_no, first_line, last_line, records, batch_id, queued_at, parsed_at, staged_at, committed_at)
    VALUES (${no}, 1, 5, 4, ${randomUUID()}, now(), now(), now(), ${COMMITTED})`;
  await sql`
    WITH made AS (
      INSERT INTO sluice_commits (batch_id, chunks, records, inserted, duplicates, conflicts, rejects, committed_at)
      SELECT batch_id, 1, 4, 2, 1, 1, 1, committed_at FROM sluice_chunks RETURNING commit_no)
    INSERT INTO sluice_commit_counts (commit_no, kind, name, count)
    SELECT commit_no, kind, name, count
    FROM made, (VALUES ('event_type', 'view', 2), ('reject', 'invalid_timestamp', 1)) AS part (kind, name, count)`;
  // What retention had summed up before.
  await sql`INSERT INTO sluice_commit_counts (commit_no, kind, name, count) VALUES (0, 'batch', 'dropped', 7)`;
  await sql`
    INSERT INTO sluice_rejects (file_no, line, last_line, col, code, expected, raw)
    VALUES (${no}, 5, 5, 'event_timestamp', 'invalid_timestamp', 'a time', ${`${idOf(9)},view,p,u,no,1,1.00`})`;
  await sql`
    INSERT INTO sluice_conflicts (file_no, line, last_line, event_id, offered, kept)
    VALUES (${no}, 4, 4, ${idOf(1)}, '["click","p","u","2026-01-01T00:00:00",1,1.00]', '["view","p","u","2026-01-01T00:00:00",1,1.00]')`;
}

/** A staged chunk in form 3, which had its rows in one JSON with all else. */
function oldPayload(file_no: FileNo | undefined, ids: readonly number[]): string {
  const times = { queued_at: new Date().toISOString(), parsed_at: new Date().toISOString() };
  const event = { event_type: 'view', product_id: 'p', user_id: 'u', event_timestamp: '2026-01-01 00:00:00' };
  const rows = ids.map((n, i) => ({ line: i + 2, event_id: idOf(n), ...event, quantity: 1, price: '1.00' }));
  return JSON.stringify({
    ...{ v: 3, staged_at: times.parsed_at, file_no, first_line: 1, last_line: 3, records: 2 },
    ...{ columns_at: [0, 1, 2, 3, 4, 5, 6], columns: 7, stray_quotes: 0, stray_quote_at: null, total: 2 },
    ...{ content_hash: 'hash', quarantine: null, quarantine_detail: null, ...times, rows, rejects: [] },
  });
}

it('what the version before feeds had loaded counts, and what it left open, staged or failed is loaded once', async () => {
  await pipeline.load();
  expect(await idsInTable(pipeline)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect((await verify(pipeline.sql)).problems).toEqual([]);
  expect(await totals(pipeline.sql, 'events')).toMatchObject({
    ...{ files: 4, closed: 4, open: 0, records: 10, inserted: 8, duplicates: 1, conflicts: 1, rejects: 1 },
    batches: expect.any(Number),
  });
  expect(await stores.staging.size()).toMatchObject({ chunks: 0, bytes: 0, waiting: 0, batches: 0 });
  expect(await stores.queues.counts('insert')).toMatchObject({ failed: 0, alive: 0 });
});

it('a file that the version before feeds had loaded is undone and read again as any other', async () => {
  const { removed } = await undo('closed.csv', { version: undefined, confirm: async () => true }, stores);
  expect(removed).toBe(2);
  expect(await idsInTable(pipeline)).toEqual([3, 4, 5, 6, 7, 8]);
  await replay('closed.csv', stores);
  await pipeline.load();
  expect(await idsInTable(pipeline)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect((await verify(pipeline.sql)).problems).toEqual([]);
});
