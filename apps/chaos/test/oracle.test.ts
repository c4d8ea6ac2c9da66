import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectPostgres, type Sql } from '@sluice/ledger';
import { Fleet, tempFolder, testLedger, testRedis, waitFor } from '@sluice/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Findings, type Invariant } from '../src/findings.ts';
import { judgeRows } from '../src/oracle.ts';
import { type Folders, judgePlaces, sourceIsEmpty } from '../src/places.ts';
import { Rows } from '../src/rows.ts';
import { brokenContent, contentOf, SourceWriter } from '../src/source-writer.ts';
import { Written } from '../src/written.ts';

const written = new Written();
let sql: Sql;
let folders: Folders;
let close: () => Promise<void>;

/** Loads a few files through the real apps: what each test then falsifies, and takes back. */
beforeAll(async () => {
  const database = await testLedger();
  sql = connectPostgres(database.url, 'test');
  const dataDir = tempFolder();
  folders = {
    source: join(dataDir, 'input_data'),
    archive: join(dataDir, 'archive'),
    quarantine: join(dataDir, 'quarantine'),
  };
  const beside = join(dataDir, 'beside');
  for (const folder of [folders.source, beside]) mkdirSync(folder);
  const { url, prefix } = testRedis();
  const fleet = new Fleet({
    DATABASE_URL: database.url,
    REDIS_URL: url,
    REDIS_PREFIX: prefix,
    DATA_DIR: dataDir,
    CLEAN_SOURCE: 'archive',
    FLUSH_INTERVAL: '200ms',
    RECONCILE_INTERVAL: '500ms',
    CHUNK_ROWS: '20',
    BATCH_ROWS: '50',
  });
  const writer = new SourceWriter(folders.source, beside, written);
  const rows = new Rows({ seed: 5, rows: { min: 90, max: 90 }, duplicates: 0.2, malformed: 0.1 });
  for (const name of ['a.csv', 'b.csv', 'c.csv.gz'])
    writer.drop(name, contentOf(name, rows.nextFile()), { old: true });
  writer.drop('broken.csv', brokenContent(rows.nextFile()), { old: true });
  fleet.start('watcher');
  fleet.start('worker');
  await waitFor(() => sourceIsEmpty(folders), { what: 'all files loaded and cleaned up' });
  await fleet.stop();
  close = async () => {
    await sql.end();
    await database.drop();
  };
});

afterAll(() => close());

async function breached(): Promise<Invariant[]> {
  const findings = new Findings();
  await judgeRows(sql, written, findings);
  judgePlaces(folders, written, [], findings);
  return findings.all.filter(({ breaches }) => breaches > 0).map(({ invariant }) => invariant);
}

class TakenBack extends Error {}

/** What the oracle says of a database that was changed so; afterwards it is as before. */
async function breachedBy(change: (sql: Sql) => Promise<unknown>): Promise<Invariant[]> {
  let found: Invariant[] = [];
  try {
    await sql.begin(async (transaction) => {
      const session = transaction as unknown as Sql;
      await change(session);
      const findings = new Findings();
      await judgeRows(session, written, findings);
      found = findings.all.filter(({ breaches }) => breaches > 0).map(({ invariant }) => invariant);
      throw new TakenBack();
    });
  } catch (error) {
    if (!(error instanceof TakenBack)) throw error;
  }
  return found;
}

test('what the apps loaded is found right', async () => {
  expect(await breached()).toEqual([]);
});

test('a missing row is found', async () => {
  const found = await breachedBy((sql) => sql`DELETE FROM events WHERE ctid = '(0,1)'`);
  expect(found).toContain('missing');
  expect(found).toContain('sums');
});

test('a row that nobody brought is found', async () => {
  const found = await breachedBy(
    (sql) => sql`
      INSERT INTO events (event_id, event_type, product_id, user_id, event_timestamp)
      VALUES (gen_random_uuid(), 'view', 'p', 'u', now())`,
  );
  expect(found).toContain('extra');
});

test.each(['event_type', 'product_id', 'user_id'])('another %s is found', async (column) => {
  const found = await breachedBy(
    (sql) => sql`UPDATE events SET ${sql(column)} = 'other' WHERE ctid = '(0,1)'`,
  );
  expect(found).toEqual(expect.arrayContaining(['wrong']));
});

test('another time, quantity or price is found', async () => {
  const changes = [
    "event_timestamp = event_timestamp + '1 us'",
    'quantity = coalesce(quantity, 0) + 1',
    'price = coalesce(price, 0) + 0.01',
  ];
  for (const change of changes)
    expect(
      await breachedBy((sql) => sql.unsafe(`UPDATE events SET ${change} WHERE ctid = '(0,1)'`)),
    ).toContain('wrong');
});

test('a row that came with another commit than the one that claimed its record is found', async () => {
  const found = await breachedBy(
    (sql) => sql`UPDATE events SET created_at = created_at + interval '1 ms' WHERE ctid = '(0,1)'`,
  );
  expect(found).toContain('origin');
});

test('a chunk that was brought twice is found by the duplicates that it counted, where the key hid them', async () => {
  const found = await breachedBy(
    (
      sql,
    ) => sql`UPDATE sluice_files SET records = records + 20, duplicates = duplicates + 20, total = total + 20
                 WHERE name = 'a.csv'`,
  );
  expect(found).toEqual(expect.arrayContaining(['records', 'duplicates', 'sums']));
});

test('a line that is claimed twice, and one that is left out, are found', async () => {
  const twice = await breachedBy(
    (sql) => sql`UPDATE sluice_chunks SET first_line = first_line - 1
                 WHERE first_line = (SELECT max(first_line) FROM sluice_chunks)`,
  );
  expect(twice).toContain('claims');
  const none = await breachedBy(
    (sql) => sql`UPDATE sluice_chunks SET last_line = last_line - 1
                 WHERE first_line = 1 AND records > 0`,
  );
  expect(none).toContain('claims');
});

test('an inserted row that counts as a duplicate is found', async () => {
  const found = await breachedBy(
    (sql) => sql`UPDATE sluice_files SET inserted = inserted - 1, duplicates = duplicates + 1
                 WHERE name = 'b.csv'`,
  );
  expect(found).toEqual(expect.arrayContaining(['duplicates', 'sums']));
});

test('a reject on another line and a conflict that is not recorded are found', async () => {
  expect(await breachedBy((sql) => sql`UPDATE sluice_rejects SET line = line + 10000`)).toContain('rejects');
  expect(await breachedBy((sql) => sql`UPDATE sluice_rejects SET code = 'other'`)).toContain('rejects');
  const other = await breachedBy(
    (sql) => sql`INSERT INTO sluice_conflicts (file_no, line, event_id, offered)
                 SELECT file_no, 2, gen_random_uuid(), '[]' FROM sluice_files WHERE name = 'a.csv'`,
  );
  expect(other).toContain('conflicts');
});

test('a file that is not complete is found', async () => {
  const found = await breachedBy((sql) => sql`UPDATE sluice_files SET closed_at = NULL WHERE name = 'a.csv'`);
  expect(found).toContain('complete');
});

test('a file that somebody lost, or that nobody put there, is found', async () => {
  const [day] = await sql<{ path: string }[]>`
    SELECT to_char(closed_at AT TIME ZONE 'UTC', 'YYYY/MM/DD') AS path FROM sluice_files WHERE name = 'a.csv'`;
  const folder = join(folders.archive, day?.path ?? '');
  const aside = join(tempFolder(), 'a.csv');
  renameSync(join(folder, 'a.csv'), aside);
  expect(await breached()).toEqual(['places']);
  renameSync(aside, join(folder, 'a.csv'));
  writeFileSync(join(folder, 'other.csv'), 'x');
  expect(await breached()).toEqual(['places']);
  rmSync(join(folder, 'other.csv'));
  expect(await breached()).toEqual([]);
});
