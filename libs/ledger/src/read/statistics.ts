import type { FileNo } from '@sluice/core';
import type { Sql } from '../client.ts';
import { camelKeys } from '../operate/operations.ts';
import { run } from '../statements.ts';

/** The sums of the ledger. `same`: versions whose content had been loaded before. */
export interface Totals {
  readonly files: number;
  readonly closed: number;
  readonly open: number;
  readonly gone: number;
  readonly quarantined: number;
  readonly same: number;
  readonly records: number;
  readonly inserted: number;
  /** Of the inserted rows, those that an undo has removed again. */
  readonly undone: number;
  readonly duplicates: number;
  /** Of the duplicates, those whose id stood earlier in the same chunk. */
  readonly duplicatesInChunk: number;
  readonly conflicts: number;
  readonly rejects: number;
  readonly batches: number;
  readonly lastCommit: Date | null;
  readonly oldestOpen: Date | null;
}

export async function totals(sql: Sql): Promise<Totals> {
  const [row] = await run<Record<string, unknown>>(sql, 'read/totals');
  if (row === undefined) throw new Error('the totals statement returned no row');
  return camelKeys(row) as unknown as Totals;
}

/** A file may bring any number of event types (I8). */
const NAMED = 100;

/** Rows inserted by event type, or rejects by code, most first; those beyond the first hundred as one. */
export async function countsOf(
  sql: Sql,
  kind: 'event_type' | 'reject',
): Promise<{ name: string; count: number }[]> {
  const rows = await run<{ name: string | null; count: number; names: number }>(sql, 'read/counts', [
    kind,
    NAMED,
  ]);
  return rows.map(({ name, count, names }) => ({ name: name ?? `and ${names} others`, count }));
}

/** Records that were ever rejected, by code. */
export async function rejectTotals(sql: Sql): Promise<{ name: string; count: number }[]> {
  return await run<{ name: string; count: number }>(sql, 'read/reject-totals');
}

/** One residue that the proof of I1 found. */
interface Problem {
  readonly problem:
    | 'unbalanced'
    | 'detail_differs'
    | 'incomplete'
    | 'gap'
    | 'open'
    | 'unregistered'
    | 'table_differs';
  readonly file_no: FileNo | null;
  readonly name: string | null;
  readonly detail: string;
}

/** The proof of I1: what does not add up, and the files that were gone when they were to be read. */
export interface Proof {
  readonly problems: readonly Problem[];
  readonly gone: readonly { readonly file_no: FileNo; readonly name: string; readonly records: number }[];
}

export async function verify(sql: Sql): Promise<Proof> {
  // One snapshot for both; and it reads whole tables, for as long as that takes.
  return await sql.begin('ISOLATION LEVEL REPEATABLE READ READ ONLY', async (transaction) => {
    await transaction`SET LOCAL statement_timeout = 0`;
    const session = Object.assign(transaction, { eventsTable: sql.eventsTable });
    const problems = await run<Problem>(session, 'read/verify');
    const gone = await run<Proof['gone'][number]>(session, 'read/gone-files');
    return { problems, gone };
  });
}
