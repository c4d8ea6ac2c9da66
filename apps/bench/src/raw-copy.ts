import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { columnsOf, events } from '@sluice/core';
import type { Sql } from '@sluice/ledger';

/**
 * The baseline: one COPY of the same rows into an empty table with the same columns, key and indexes, including the COMMIT.
 * It works only for rows that the server accepts, because a rejected COPY never settles.
 * @returns seconds
 */
export async function rawCopy(sql: Sql, texts: readonly string[]): Promise<number> {
  await sql`CREATE SCHEMA raw_copy`;
  await sql`CREATE TABLE raw_copy.events (LIKE events INCLUDING ALL)`;
  const began = performance.now();
  // Without an explicit COMMIT, COPY is reported as complete before its commit is durable.
  await sql.begin(async (transaction) => {
    const target = await transaction`
      COPY raw_copy.events (${transaction(columnsOf(events))})
      FROM STDIN (FORMAT csv)`.writable();
    await pipeline(Readable.from(texts), target);
  });
  return (performance.now() - began) / 1000;
}
