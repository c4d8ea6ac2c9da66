import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventFiles, headerLine } from '@sluice/generator';
import { connectPostgres, migrate, type Sql, verify } from '@sluice/ledger';
import { Fleet, type OwnServer, tempFolder, testLedger, testRedis, waitFor } from '@sluice/testkit';
import { expect, onTestFailed, TestRunner } from 'vitest';

/** What must be in the table: event_id -> the line that brought it first. And what was dropped in all. */
export interface Expected {
  readonly lines: Map<string, string>;
  readonly perFile: Map<string, { records: number; malformed: number }>;
}

export const nothingExpected = (): Expected => ({ lines: new Map(), perFile: new Map() });

/** A pipeline of one test's own: database, Redis prefix, source folder, and short intervals. */
export interface TestPipeline {
  readonly sql: Sql;
  readonly source: string;
  readonly env: Readonly<Record<string, string>>;
  readonly fleet: Fleet;
  close(): Promise<void>;
}

export async function testPipeline(
  own: { redis?: OwnServer | undefined; postgres?: OwnServer | undefined; env?: Record<string, string> } = {},
): Promise<TestPipeline> {
  const { postgres } = own;
  const database =
    postgres === undefined ? await testLedger() : { url: postgres.url, drop: async () => undefined };
  const redis = own.redis === undefined ? testRedis() : { url: own.redis.url, prefix: '{sluice}' };
  const sql = connectPostgres(database.url, 'test');
  if (postgres !== undefined) await migrate(sql);
  const dataDir = tempFolder();
  const source = join(dataDir, 'input_data');
  mkdirSync(source);
  const env = {
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    REDIS_PREFIX: redis.prefix,
    DATA_DIR: dataDir,
    FLUSH_INTERVAL: '500ms',
    RECONCILE_INTERVAL: '1s',
    STABLE_FOR: '200ms',
    JOB_LOCK: '2s',
    ...own.env,
  };
  const fleet = new Fleet(env);
  // What the apps logged is the only trace of a failure that does not come again.
  // A pipeline that several tests share is opened before them, where no test can fail.
  if (TestRunner.getCurrentTest() !== undefined)
    onTestFailed(() => void process.stderr.write(`${fleet.output}\n`));
  const close = async () => {
    await fleet.stop();
    await sql.end();
    await database.drop();
  };
  return { sql, source, env, fleet, close };
}

/** Drops generated files, as whole files, and notes what must become of them. Ids repeat within and across files. */
export function dropFiles(
  source: string,
  count: number,
  seed: number,
  expected: Expected,
  rows = { min: 50, max: 100 },
): void {
  const files = eventFiles({ seed, rows, duplicates: 0.02, malformed: 0.01 });
  for (let i = 0; i < count; i += 1) {
    const name = `events_${seed}_${i}.csv`;
    const file = files.next().value;
    for (const row of file) {
      if (row.kind !== 'malformed' && !expected.lines.has(row.id)) expected.lines.set(row.id, row.line);
    }
    const malformed = file.filter((row) => row.kind === 'malformed').length;
    expected.perFile.set(name, { records: file.length, malformed });
    dropFile(source, name, `${headerLine}\n${file.map((row) => `${row.line}\n`).join('')}`);
  }
}

export function dropFile(source: string, name: string, content: string | Uint8Array): void {
  const temporary = join(source, `.${name}.tmp`);
  writeFileSync(temporary, content);
  renameSync(temporary, join(source, name));
}

/** The table in the generator's own spelling, event_id -> line, read without any of the pipeline's code. */
export async function tableLines(sql: Sql): Promise<Map<string, string>> {
  const rows = await sql<{ event_id: string; line: string }[]>`
    SELECT event_id, concat_ws(',', event_id, event_type, product_id, user_id,
             to_char(event_timestamp, 'YYYY-MM-DD HH24:MI:SS'), coalesce(quantity::text, ''), coalesce(price::text, '')) AS line
    FROM events`;
  return new Map(rows.map((row) => [row.event_id, row.line]));
}

/** What the ledger says of each file: name -> counts. */
async function ledgerFiles(sql: Sql): Promise<Map<string, { records: number; malformed: number }>> {
  const rows = await sql<{ name: string; records: number; rejects: number }[]>`
    SELECT name, records, rejects FROM sluice_files WHERE closed_at IS NOT NULL`;
  return new Map(rows.map(({ name, records, rejects }) => [name, { records, malformed: rejects }]));
}

export async function countOf(
  sql: Sql,
  table: 'events' | 'sluice_commits' | 'sluice_chunks',
): Promise<number> {
  const [row] = await sql<{ n: number }[]>`SELECT count(*) AS n FROM ${sql(table)}`;
  return row?.n ?? 0;
}

export async function closedFiles(sql: Sql): Promise<number> {
  const [row] = await sql<
    { n: number }[]
  >`SELECT count(*) AS n FROM sluice_files WHERE closed_at IS NOT NULL`;
  return row?.n ?? 0;
}

/** Every distinct valid id is there once with its values, every file adds up, and nothing is left over (I1). */
export async function expectExactly({ sql }: TestPipeline, expected: Expected): Promise<void> {
  const files = expected.perFile.size;
  await waitFor(async () => (await closedFiles(sql)) >= files, {
    what: `${files} complete files`,
    timeoutMs: 90_000,
  });
  expect(await tableLines(sql)).toEqual(expected.lines);
  expect(await ledgerFiles(sql)).toEqual(expected.perFile);
  expect([...(await verify(sql)).problems]).toEqual([]);
}
