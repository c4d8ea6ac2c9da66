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
  /** Seconds since the file landed. */
  seconds: z.number(),
});

/** A version that this commit has completed: every record is in the ledger now. */
export type ClosedFile = Readonly<z.output<typeof closedFile>>;

const committed = z.object({
  commitNo: z.int().nullable(),
  /** The chunks that this commit claimed; 0 when all were in the ledger already. */
  chunks: z.int(),
  ...counts,
  closed: z.array(closedFile),
  /** JSON of the duplicates whose other row the statement could not see. */
  unseen: z.string().nullable(),
});

export type Commit = Readonly<Omit<z.output<typeof committed>, 'commitNo' | 'unseen'>>;

export type Counts = Readonly<Pick<Commit, keyof typeof counts>>;

/**
 * Commits a micro-batch of staged chunks, all together (I2) and each at most once (I3).
 *
 * @param takenAt when the chunks were taken from staging
 * @throws {PostgresFailure} with SL002 when the table drops or hides a row, so that the other row of a duplicate is not found
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
 * Runs one statement, and a second one for the few duplicates whose other row was committed meanwhile: the second statement
 * can see that row and compare the contents.
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

/** Compares those duplicates. A row whose other row is still not visible is no duplicate (I7). */
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
