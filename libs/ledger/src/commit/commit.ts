import { fileNo } from '@sluice/core';
import { killPoint } from '@sluice/process';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { counts, strayQuotes, token, unseen } from '../columns.ts';
import { classify, rowsUnseen, tryAgainAtOnce } from '../failure.ts';
import { inTransaction, runForOne, type Session } from '../statements.ts';

const closedFile = z.object({
  fileNo,
  name: z.string(),
  token,
  changedAt: z.string().nullable(),
  ...counts,
  quarantine: z.string().nullable(),
  quarantineDetail: z.string().nullable(),
  strayQuotes: strayQuotes.nullable(),
  /** Since it landed. */
  seconds: z.number(),
});

/** A version whose every record is in the ledger since this commit. */
export type ClosedFile = Readonly<z.output<typeof closedFile>>;

const committed = z.object({
  commitNo: z.int().nullable(),
  /** Chunks that this commit claimed: 0 when all were in the ledger. */
  chunks: z.int(),
  ...counts,
  closed: z.array(closedFile),
  /** JSON of the duplicates that did not see their other row. */
  unseen: z.string().nullable(),
});

export type Commit = Readonly<Omit<z.output<typeof committed>, 'commitNo' | 'unseen'>>;

export type Counts = Readonly<Pick<Commit, keyof typeof counts>>;

/**
 * Commits a micro-batch: chunks as they were staged, all together (I2), each at most once (I3).
 *
 * @param takenAt when they were taken from staging
 * @throws {PostgresFailure} with SL002 when the table drops or hides a row: a duplicate must see its other row
 */
export async function commitBatch(
  sql: Sql,
  batchId: string,
  payloads: readonly string[],
  takenAt: Date | null = null,
): Promise<Commit> {
  return await tryAgainAtOnce(async () => {
    try {
      return await inTransaction(sql, (session) => commitIn(session, batchId, payloads, takenAt));
    } catch (error) {
      throw classify(error);
    }
  });
}

/**
 * One statement, and a second one for the few duplicates whose other row was committed meanwhile: that one must be
 * seen to tell whether its content differs.
 */
async function commitIn(
  session: Session,
  batchId: string,
  payloads: readonly string[],
  takenAt: Date | null,
): Promise<Commit> {
  const { commitNo, unseen, ...commit } = await runForOne(session, 'commit/commit', committed, [
    `[${payloads.join(',')}]`,
    batchId,
    takenAt?.toISOString() ?? null,
  ]);
  const late = unseen === null ? [] : await lateConflicts(session, unseen, commitNo);
  killPoint('commit:in-transaction');
  const lateOf = new Map(late.map((file) => [file.fileNo, file.conflicts]));
  return {
    ...commit,
    conflicts: commit.conflicts + late.reduce((sum, { conflicts }) => sum + conflicts, 0),
    closed: commit.closed.map((file) => ({
      ...file,
      conflicts: file.conflicts + (lateOf.get(file.fileNo) ?? 0),
    })),
  };
}

const compared = z.object({
  late: z.array(z.object({ fileNo, conflicts: z.int() })),
  unseen,
});

/** A duplicate that sees no other row now is none (I7). */
async function lateConflicts(
  session: Session,
  duplicates: string,
  commitNo: number | null,
): Promise<z.output<typeof compared>['late']> {
  const { late, unseen } = await runForOne(session, 'commit/late-conflicts', compared, [
    duplicates,
    commitNo,
  ]);
  if (unseen !== null) throw rowsUnseen(session.eventsTable, unseen);
  return late;
}
