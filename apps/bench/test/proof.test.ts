import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectPostgres, type Sql } from '@sluice/ledger';
import { testLedger } from '@sluice/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../src/loads/kinds.ts';
import { prove, rightRows, wrongRows } from '../src/proof.ts';
import { copyRows, makeExpected } from '../src/raw-copy.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'));
const cleanUps: (() => unknown)[] = [() => rmSync(folder, { recursive: true })];
let sql: Sql;
const written = KINDS.duplicates.write(folder, 'some', { files: 2, rows: 50, seed: 3 });

beforeAll(async () => {
  const ledger = await testLedger();
  sql = connectPostgres(ledger.url, 'test');
  cleanUps.unshift(
    () => sql.end(),
    () => ledger.drop(),
  );
  await makeExpected(sql, KINDS.plain);
  await copyRows(sql, KINDS.plain, written);
});
afterAll(async () => {
  for (const cleanUp of cleanUps) await cleanUp();
});

const ONE = '(SELECT event_id FROM expected.events ORDER BY event_id LIMIT 1)';

test.each([
  ['an empty table', 'TRUNCATE events', 0],
  ['a row that is missing', `DELETE FROM events WHERE event_id = ${ONE}`, 1],
  ['a row too many', "INSERT INTO events VALUES (gen_random_uuid(), 'a', 'b', 'c', now())", 1],
  ['a value that differs', `UPDATE events SET quantity = 7777777 WHERE event_id = ${ONE}`, 1],
  ['a value that became NULL', `UPDATE events SET user_id = '' WHERE event_id = ${ONE}`, 1],
])('finds %s', async (_, damage, wrong) => {
  await sql`TRUNCATE events`;
  await sql`INSERT INTO events SELECT * FROM expected.events`;
  expect(await wrongRows(sql, KINDS.plain)).toBe(0);
  expect(await rightRows(sql, KINDS.plain, 'public.events')).toEqual({ right: written.rows, surplus: 0 });
  await sql.unsafe(damage);
  expect(await wrongRows(sql, KINDS.plain)).toBe(wrong || written.rows);
});

test('makes a run void whose rows are right and whose ledger is not', async () => {
  await sql`TRUNCATE events`;
  await sql`INSERT INTO events SELECT * FROM expected.events`;
  await expect(prove(sql, KINDS.plain, [written])).rejects.toThrow(
    `the run is void: records: 0 instead of 100; inserted: 0 instead of ${written.rows}; verify found 1 problems`,
  );
});
