import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Sql } from '@sluice/ledger';
import type { Kind } from './loads/kind.ts';
import { CpuClock, type CpuSeconds, ownCpu } from './processes.ts';
import { EXPECTED } from './proof.ts';
import type { Servers } from './servers.ts';

/** What one COPY took. */
export interface Copied {
  readonly seconds: number;
  /** The CPU of PostgreSQL, and that of this process, which sends the rows. */
  readonly cpu: CpuSeconds;
}

/** Makes the table for the rows that must be there: the same columns, key and indexes as the feed's. */
export async function makeExpected(sql: Sql, { table }: Kind): Promise<void> {
  await sql.unsafe(
    `CREATE SCHEMA ${EXPECTED}; CREATE TABLE ${EXPECTED}.${table} (LIKE ${table} INCLUDING ALL)`,
  );
}

/**
 * The baseline: one COPY of rows into the table of the expected ones, including the COMMIT. It works only for rows that the server
 * accepts, because a rejected COPY never settles.
 */
export async function rawCopy(
  { postgres }: Servers,
  sql: Sql,
  { table, columns }: Kind,
  texts: Iterable<string> | AsyncIterable<string>,
): Promise<Copied> {
  const clock = new CpuClock({ postgres: [postgres.pid] });
  const [began, own] = [performance.now(), ownCpu()];
  // Without an explicit COMMIT, COPY is reported as complete before its commit is durable.
  await sql.begin(async (transaction) => {
    const target = await transaction`
      COPY ${transaction(`${EXPECTED}.${table}`)} (${transaction([...columns])}) FROM STDIN (FORMAT csv)`.writable();
    await pipeline(Readable.from(texts), target);
  });
  const seconds = (performance.now() - began) / 1000;
  return { seconds, cpu: { ...clock.read(), client: ownCpu() - own } };
}
