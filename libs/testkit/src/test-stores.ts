import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { inject } from 'vitest';
import { LEDGER_TEMPLATE } from './ledger-template.ts';
import './provided.ts';

/** A database for one test. `drop` also ends connections to it. */
interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

const randomName = (): string => randomBytes(6).toString('hex');

async function onServer(statement: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(inject('postgresUrl'), { max: 1, onnotice: () => undefined });
  try {
    await statement(sql);
  } finally {
    await sql.end();
  }
}

/** A new empty database on the PostgreSQL that this test run shares. */
export const testDatabase = (): Promise<TestDatabase> => databaseFrom('template0');

/** A new database with all migrations and the table `events`. Copying it takes half the time of running the migrations. */
export const testLedger = (): Promise<TestDatabase> => databaseFrom(LEDGER_TEMPLATE);

async function databaseFrom(template: string): Promise<TestDatabase> {
  const name = `test_${randomName()}`;
  await onServer((sql) => sql`CREATE DATABASE ${sql(name)} TEMPLATE ${sql(template)}`);
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () => onServer((sql) => sql`DROP DATABASE IF EXISTS ${sql(name)} WITH (FORCE)`),
  };
}

/** The Redis that this test run shares, and a new key prefix, hash-tagged as Redis Cluster needs it. */
export function testRedis(): { url: string; prefix: string } {
  return { url: inject('redisUrl'), prefix: `{t-${randomName()}}` };
}
