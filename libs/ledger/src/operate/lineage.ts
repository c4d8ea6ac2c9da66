import { fileNo } from '@sluice/core';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { version } from '../columns.ts';
import { run } from '../statements.ts';

const storedRow = z.record(z.string(), z.union([z.string(), z.number()]).nullable());

/** A row of the table by column, with `created_at`. Times are as PostgreSQL writes them, in UTC, to the microsecond. */
export type StoredRow = Readonly<z.output<typeof storedRow>>;

export async function findEvent(sql: Sql, id: string): Promise<StoredRow | undefined> {
  return (await run(sql, 'operate/find-event', storedRow, [id]))[0];
}

const batchChunk = z.object({
  batchId: z.string(),
  committedAt: z.date(),
  ...version,
  firstLine: z.int(),
  lastLine: z.int(),
  records: z.int(),
});

/** One chunk of a batch, with what is needed to find its file. */
export type BatchChunk = Readonly<z.output<typeof batchChunk>>;

/** The chunks of the batch that inserted a row. Empty when no commit has the time of the row. */
export async function batchOfEvent(sql: Sql, id: string): Promise<BatchChunk[]> {
  return await run(sql, 'operate/event-batch', batchChunk, [id]);
}

const mention = z.object({
  kind: z.enum(['conflict', 'reject']),
  fileNo,
  name: z.string(),
  line: z.int(),
  code: z.string().nullable(),
  expected: z.string().nullable(),
  /** When the reject was corrected and loaded, and under which id. */
  resubmittedAt: z.date().nullable(),
  resubmittedAs: z.string().nullable(),
});

/** A record that mentions an event but is not a row: it was rejected, or had other content for a known id. */
export type Mention = Readonly<z.output<typeof mention>>;

export async function mentionsOfEvent(sql: Sql, id: string): Promise<Mention[]> {
  // A file may have hexadecimal letters in either case, so the fast search uses the longest part without letters.
  const [longest = ''] = (id.match(/[-\d]+/g) ?? []).sort((a, b) => b.length - a.length);
  return await run(sql, 'operate/event-elsewhere', mention, [id, longest]);
}

const correction = z.object({
  fileNo,
  name: z.string(),
  line: z.int(),
  code: z.string(),
  resubmittedAt: z.date(),
  /** Null when RETENTION has dropped the commit. */
  batchId: z.string().nullable(),
  origin: z.boolean(),
});

/** A reject that was corrected to an event. `origin`: its correction is the row in the table, and not a duplicate of it. */
export type Correction = Readonly<z.output<typeof correction>>;

/** The rejects that were corrected to this event. */
export async function correctionsOf(sql: Sql, id: string): Promise<Correction[]> {
  return await run(sql, 'operate/event-resubmitted', correction, [id]);
}

const undoneFile = z.object({ fileNo, name: z.string(), undone: z.int() });

/** The latest files whose rows an undo has removed, at most 20. */
export async function undoneFiles(sql: Sql): Promise<Readonly<z.output<typeof undoneFile>>[]> {
  return await run(sql, 'operate/undone-files', undoneFile);
}
