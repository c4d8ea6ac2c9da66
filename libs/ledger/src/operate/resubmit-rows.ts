import { type FileNo, fileNo, type ParsedRow, pinnedRules } from '@sluice/core';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { detailState, unseen } from '../columns.ts';
import { classify, rowsUnseen, tryAgainAtOnce } from '../failure.ts';
import { inTransaction, run, runForOne } from '../statements.ts';

/** Which reject is meant. */
export interface RejectRef {
  readonly fileNo: FileNo;
  readonly line: number;
}

const namedReject = z.object({
  fileNo,
  line: z.int(),
  name: z.string(),
  rules: pinnedRules,
  /** False when that line of the file is no reject, or is none any more because of RETENTION (`detailState`). */
  known: z.boolean(),
  detailState,
  undone: z.boolean(),
  resubmittedAt: z.date().nullable(),
  resubmittedAs: z.string().nullable(),
});

/** What the ledger has under such a reference. */
export type NamedReject = Readonly<z.output<typeof namedReject>>;

/** Looks rejects up; those of files that the ledger does not know are left out. */
export async function namedRejects(sql: Sql, refs: readonly RejectRef[]): Promise<NamedReject[]> {
  if (refs.length === 0) return [];
  const named = JSON.stringify(refs.map(({ fileNo, line }) => ({ file_no: fileNo, line })));
  return await run(sql, 'operate/named-rejects', namedReject, [named]);
}

/** A reject's correction. `line` is that of the reject. */
export interface CorrectedRow extends RejectRef {
  readonly row: ParsedRow;
}

const resubmitted = z.object({
  fileNo,
  line: z.int(),
  outcome: z.enum(['inserted', 'duplicate', 'conflict']),
});

/** What became of a correction. `conflict`: a duplicate with other content than the row that is there. */
export type Resubmitted = Readonly<z.output<typeof resubmitted>>;

const answer = z.object({ outcomes: z.array(resubmitted), unseen });

/** Thrown to leave a transaction that was only tried. */
const TRIED = Symbol('tried');

/**
 * Loads corrections, all of them or none (I2). Each reject is claimed, so that it is loaded once, whoever brings it and how
 * often (I3): one that is missing in what is returned was claimed before, or is not there any more.
 *
 * @param o.from the file that they came in, and `who` brought it, for the audit
 * @param o.dryRun tries it and takes all of it back
 * @throws {PostgresFailure} of kind `data` when PostgreSQL refuses one of the rows, with SL002 when the table drops or hides one
 */
export async function resubmitRows(
  sql: Sql,
  rows: readonly CorrectedRow[],
  o: { readonly batchId: string; readonly from: string; readonly who: string; readonly dryRun: boolean },
): Promise<Resubmitted[]> {
  return await tryAgainAtOnce(() => resubmitOnce(sql, rows, o));
}

async function resubmitOnce(
  sql: Sql,
  rows: readonly CorrectedRow[],
  o: Parameters<typeof resubmitRows>[2],
): Promise<Resubmitted[]> {
  const input = JSON.stringify(rows.map(({ fileNo, line, row }) => ({ ...row, file_no: fileNo, line })));
  let done: Resubmitted[] = [];
  try {
    await inTransaction(sql, async (session) => {
      const asked = [input, o.batchId, o.from, o.who];
      const { outcomes, unseen } = await runForOne(session, 'operate/resubmit', answer, asked);
      if (unseen !== null) throw rowsUnseen(sql.eventsTable, unseen);
      done = outcomes;
      if (o.dryRun) throw TRIED;
    });
  } catch (error) {
    if (error !== TRIED) throw classify(error);
  }
  return done;
}
