import { testDatabase } from '@sluice/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

const SECRET = `O'Brien said "hunter2"`;

describe('of a table with triggers and constraints, no value is told (I10)', () => {
  beforeAll(async () => {
    await sql.unsafe(`
      CREATE TABLE shop (id INT PRIMARY KEY, name TEXT NOT NULL, price NUMERIC(4, 2),
        CONSTRAINT not_evil CHECK (name <> 'evil'));
      CREATE FUNCTION check_shop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE TRIGGER check_shop BEFORE INSERT ON shop FOR EACH ROW EXECUTE FUNCTION check_shop()`);
  });

  /** What is told when the trigger does this to a row with the secret. */
  async function told(body: string): Promise<PostgresFailure> {
    await sql.unsafe(
      `CREATE OR REPLACE FUNCTION check_shop() RETURNS trigger LANGUAGE plpgsql AS $_$ BEGIN ${body} RETURN NEW; END $_$`,
    );
    const error = await sql`INSERT INTO shop VALUES (1, ${SECRET}, 1)`.catch((failed: unknown) => failed);
    const failure = classify(error);
    if (!(failure instanceof PostgresFailure)) throw new Error(`no failure of PostgreSQL: ${failure}`);
    return failure;
  }

  it.each([
    ['42883', 'undefined_function'],
    ['42501', 'insufficient_privilege'],
    ['P0001', 'raise_exception'],
    ['22001', 'string_data_right_truncation'],
    ['22P02', 'invalid_text_representation'],
    ['23505', 'unique_violation'],
    ['23514', 'check_violation'],
    ['0A000', 'feature_not_supported'],
    ['40001', 'serialization_failure'],
    ['53100', 'disk_full'],
    ['57014', 'query_canceled'],
    ['08006', 'connection_exception'],
    ['XX000', 'internal_error'],
    ['SL001', undefined],
    ['SL002', undefined],
    ['ZZ123', undefined],
  ])('when a trigger raises %s with it in every part of the error', async (code, condition) => {
    const failure =
      await told(`RAISE EXCEPTION USING ERRCODE = '${code}', MESSAGE = NEW.name, DETAIL = NEW.name,
      HINT = NEW.name, COLUMN = NEW.name, CONSTRAINT = NEW.name, TABLE = NEW.name, DATATYPE = NEW.name;`);
    expect(failure.message).not.toMatch(/Brien|hunter2/);
    expect(failure.message).toContain(`SQLSTATE ${code}${condition === undefined ? '' : ` (${condition})`}`);
    if (failure.kind !== 'data')
      expect(failure.message).toContain('in the function check_shop; what it says');
  });

  it.each([
    ['42883', 'EXECUTE format($q$SELECT %I()$q$, NEW.name);'],
    ['42P01', 'EXECUTE format($q$SELECT FROM %I$q$, NEW.name);'],
    ['42601', "EXECUTE 'SELECT ' || quote_literal(NEW.name) || NEW.name;"],
    ['22P02', 'PERFORM NEW.name::uuid;'],
    ['42602', "PERFORM 'SELECT 1' FROM pg_class WHERE oid = NEW.name::regclass;"],
    ['3F000', "PERFORM ('hunter2.' || quote_ident(NEW.name))::regclass;"],
  ])('when SQL of a trigger fails with %s: %s', async (code, body) => {
    const failure = await told(body);
    expect(failure).toMatchObject({ sqlstate: code });
    expect(failure.message).not.toMatch(/Brien|hunter2/);
  });

  it('when a constraint casts it to a name, outside of any function', async () => {
    await sql`ALTER TABLE shop ADD CONSTRAINT is_function CHECK (quote_ident(name)::regproc IS NOT NULL)`;
    const failure = await told('');
    await sql`ALTER TABLE shop DROP CONSTRAINT is_function`;
    expect(failure).toMatchObject({ sqlstate: '42883', message: expect.not.stringMatching(/Brien|hunter2/) });
  });

  it('but names of tables, columns and constraints are, and what the server says of itself', async () => {
    const statements: [string, string][] = [
      [
        `INSERT INTO shop VALUES (1, 'evil')`,
        'PostgreSQL refused the values: SQLSTATE 23514 (check_violation) constraint not_evil on shop',
      ],
      [
        'INSERT INTO shop VALUES (1)',
        'PostgreSQL refused the values: SQLSTATE 23502 (not_null_violation) on shop.name',
      ],
      ['SELECT * FROM nowhere', 'PostgreSQL failed: SQLSTATE 42P01: relation "nowhere" does not exist'],
      [
        `SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)`,
        'PostgreSQL failed: SQLSTATE 57014: canceling statement due to statement timeout',
      ],
    ];
    await sql`DROP TRIGGER check_shop ON shop`;
    for (const [statement, message] of statements) {
      expect(await failureOf(statement)).toMatchObject({ message });
    }
  });
});
