import { testDatabase } from '@sluice/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { classify, connectPostgres, PostgresFailure, type Sql } from '../src/index.ts';

let sql: Sql;
let drop: () => Promise<void>;

beforeAll(async () => {
  const database = await testDatabase();
  drop = database.drop;
  sql = connectPostgres(database.url, 'test');
});

afterAll(async () => {
  await sql.end();
  await drop();
});

async function failureOf(statement: string): Promise<PostgresFailure> {
  const failure = classify(await sql.unsafe(statement).catch((error: unknown) => error));
  if (!(failure instanceof PostgresFailure)) throw new Error(`no failure of PostgreSQL: ${failure}`);
  return failure;
}

it.each([
  ['40001', 'conflict'],
  ['40P01', 'conflict'],
  ['57P01', 'outage'],
  ['08006', 'outage'],
  ['53100', 'outage'],
  ['53300', 'outage'],
  ['25006', 'outage'],
  ['57014', 'transient'],
  ['55P03', 'transient'],
  ['58030', 'transient'],
  ['22001', 'data'],
  ['23514', 'data'],
  ['P0001', 'data'],
  ['42501', 'fault'],
  ['42P01', 'fault'],
])('SQLSTATE %s is classed as %s', async (sqlstate, kind) => {
  const raised = await failureOf(`DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '${sqlstate}'; END $$`);
  expect(raised).toMatchObject({ sqlstate, kind });
});

it('a server that does not listen is an outage', async () => {
  const nobody = connectPostgres('postgres://u:secret@127.0.0.1:1/db', 'test');
  const failure = classify(await nobody`SELECT 1`.catch((error: unknown) => error));
  await nobody.end();
  expect(failure).toMatchObject({ kind: 'outage', sqlstate: 'ECONNREFUSED' });
  expect(String(failure)).not.toContain('secret');
});

it('what is told of refused values names the constraint and no value (I10)', async () => {
  const failure = await failureOf(`DO $$ BEGIN PERFORM 'top secret'::uuid; END $$`);
  expect(failure).toMatchObject({ kind: 'data', sqlstate: '22P02' });
  expect(failure.message).not.toContain('secret');
});
