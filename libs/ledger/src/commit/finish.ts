import { fileNo } from '@sluice/core';
import { z } from 'zod';
import { counts, strayQuotes, token } from '../columns.ts';
import { runForOne, type Session } from '../statements.ts';

const closedFile = z.object({
  fileNo,
  name: z.string(),
  token,
  changedAt: z.string().nullable(),
  ...counts,
  quarantine: z.string().nullable(),
  quarantineDetail: z.string().nullable(),
  strayQuotes: strayQuotes.nullable(),
  /** Seconds since the file landed. */
  seconds: z.number(),
});

/** A version that this commit has completed: every record is in the ledger now. */
export type ClosedFile = Readonly<z.output<typeof closedFile>>;

const committed = z.object({
  /** The chunks that this commit claimed; 0 when all were in the ledger already. */
  chunks: z.int(),
  ...counts,
  closed: z.array(closedFile),
});

export type Commit = Readonly<z.output<typeof committed>>;

export type Counts = Readonly<Pick<Commit, keyof typeof counts>>;

export const NOTHING: Commit = {
  ...{ chunks: 0, records: 0, inserted: 0, duplicates: 0, conflicts: 0, rejects: 0 },
  closed: [],
};

/** A micro-batch of staged chunks. */
export interface Batch {
  readonly id: string;
  readonly payloads: readonly string[];
  /** When the chunks were taken from staging, if that is known. */
  readonly takenAt: Date | null;
}

/** What came of the rows of the claimed chunks, as JSON for the statement. */
export interface Loaded {
  /** The headers of the claimed chunks. */
  readonly headers: readonly string[];
  readonly deltas: string;
  readonly conflicts: string;
  readonly counts: string;
}

/** Books what came of batches: the last statement of their transaction. */
export async function finish(
  session: Session,
  batches: readonly Batch[],
  { headers, deltas, conflicts, counts }: Loaded,
): Promise<Commit> {
  const times = batches.flatMap(({ takenAt }) => (takenAt === null ? [] : takenAt.getTime()));
  return await runForOne(session, 'commit/finish', committed, [
    listOf(headers),
    deltas,
    conflicts,
    counts,
    `{${batches.map(({ id }) => id).join(',')}}`,
    times.length === 0 ? null : new Date(Math.min(...times)).toISOString(),
  ]);
}

/** Values that are JSON texts already, as the text of an array. */
export function listOf(texts: readonly string[]): string {
  return `[${texts.join(',')}]`;
}

export function payloadsOf(batches: readonly Batch[]): string[] {
  return batches.flatMap(({ payloads }) => payloads);
}
