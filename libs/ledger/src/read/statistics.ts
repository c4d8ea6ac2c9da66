import { z } from 'zod';
import type { Sql } from '../client.ts';
import { counts } from '../columns.ts';
import { run, runForOne } from '../statements.ts';

const sums = z.object({
  files: z.int(),
  closed: z.int(),
  open: z.int(),
  gone: z.int(),
  /** New content of loaded names, which waits for an operator. */
  held: z.int(),
  quarantined: z.int(),
  same: z.int(),
  /** Versions whose rows an undo has removed. */
  undoneFiles: z.int(),
  ...counts,
  /** How many of the inserted rows an undo has removed. */
  undone: z.int(),
  /** How many of the duplicates have an id that occurs earlier in the same chunk. */
  duplicatesInChunk: z.int(),
  batches: z.int(),
  lastCommit: z.date().nullable(),
  oldestOpen: z.date().nullable(),
});

/** The sums of the ledger, or of one feed in it. `same`: the versions whose content had been loaded before. */
export type Totals = Readonly<z.output<typeof sums>>;

export async function totals(sql: Sql, feed: string | null = null): Promise<Totals> {
  return await runForOne(sql, 'read/totals', sums, [feed]);
}

const named = z.object({ name: z.string(), count: z.int() });
const mostOf = z.object({ name: z.string().nullable(), count: z.int(), names: z.int() });

/** Limits the number of names, because files may bring any number of event types (I8). */
const NAMED = 100;

/**
 * Inserted rows by event type, or rejects by code, the highest counts first. All names after the first hundred count as one. Undone
 * rows, rejects that were corrected and rejects of a version that was read again are left out.
 */
export async function countsOf(
  sql: Sql,
  kind: 'event_type' | 'reject',
  feed: string | null = null,
): Promise<{ name: string; count: number }[]> {
  const rows = await run(sql, 'read/counts', mostOf, [kind, NAMED, feed]);
  return rows.map(({ name, count, names }) => ({ name: name ?? `and ${names} others`, count }));
}

/** All records ever rejected, by code. */
export async function rejectTotals(
  sql: Sql,
  feed: string | null = null,
): Promise<{ name: string; count: number }[]> {
  return await run(sql, 'read/reject-totals', named, [feed]);
}
