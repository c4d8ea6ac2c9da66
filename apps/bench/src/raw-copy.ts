import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Sql } from '@sluice/ledger';
import type { Kind, Written } from './loads/kind.ts';
import { CpuClock, ownCpu } from './processes.ts';
import { EXPECTED } from './proof.ts';
import type { Round, Timed } from './rounds.ts';

/** Makes the table for the rows that must be there: the same columns, key and indexes as the feed's. */
export async function makeExpected(sql: Sql, { table }: Kind): Promise<void> {
  await sql.unsafe(
    `CREATE SCHEMA ${EXPECTED}; CREATE TABLE ${EXPECTED}.${table} (LIKE ${table} INCLUDING ALL)`,
  );
}

/** The baseline: one COPY of the rows that must be there, including the COMMIT. The client is this process, which sends them. */
export async function rawCopy({ servers, database, contents }: Round): Promise<Timed> {
  const clock = new CpuClock({ postgres: [servers.postgres.pid] });
  const [began, own] = [performance.now(), ownCpu()];
  await copyRows(database.sql, contents.kind, contents.main.written);
  const seconds = (performance.now() - began) / 1000;
  return { seconds, cpu: { ...clock.read(), client: ownCpu() - own } };
}

/**
 * Copies rows into the table of the expected ones. It works only for rows that the server accepts, because a rejected COPY never
 * settles.
 */
export async function copyRows(sql: Sql, { table, columns }: Kind, written: Written): Promise<void> {
  // Without an explicit COMMIT, COPY is reported as complete before its commit is durable.
  await sql.begin(async (transaction) => {
    const target = await transaction`
      COPY ${transaction(`${EXPECTED}.${table}`)} (${transaction([...columns])}) FROM STDIN (FORMAT csv)`.writable();
    await pipeline(Readable.from(written.copy()), target);
  });
}
