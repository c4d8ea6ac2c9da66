import { contractNo, type FileNo, fileNo, type ParsedRow, pinnedRules } from '@sluice/core';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { detailState, unseen } from '../columns.ts';
import { classify, rowsUnseen, tryAgainAtOnce } from '../failure.ts';
import { inTransaction, run, runForOne } from '../statements.ts';
import { withColumns } from '../table/columns.ts';

/** A reference to a reject. */
export interface RejectRef {
  readonly fileNo: FileNo;
  readonly line: number;
}

const namedReject = z.object({
  fileNo,
  line: z.int(),
  name: z.string(),
  rules: pinnedRules,
  feed: z.string(),
  /** Null: registered before there were feeds. */
  contractNo: contractNo.nullable(),
  /** False when the ledger has no reject at that line, perhaps because RETENTION has dropped it (`detailState`). */
  known: z.boolean(),
  detailState,
  undone: z.boolean(),
  resubmittedAt: z.date().nullable(),
  resubmittedAs: z.string().nullable(),
  /** Of an undone file: the later version of its name that has records. */
  replayedAs: fileNo.nullable(),
});

/** What the ledger knows about a reference. */
export type NamedReject = Readonly<z.output<typeof namedReject>>;

/** Looks up rejects. References to files that the ledger does not know are left out. */
export async function namedRejects(sql: Sql, refs: readonly RejectRef[]): Promise<NamedReject[]> {
  if (refs.length === 0) return [];
  const named = JSON.stringify(refs.map(({ fileNo, line }) => ({ file_no: fileNo, line })));
  return await run(sql, 'operate/named-rejects', namedReject, [named]);
}

/** The correction of a reject. `line` is the line of the reject. */
export interface CorrectedRow extends RejectRef {
  readonly row: ParsedRow;
}

const resubmitted = z.object({
  fileNo,
  line: z.int(),
  outcome: z.enum(['inserted', 'duplicate', 'conflict']),
});

/** The outcome of a correction. `conflict`: a duplicate whose content differs from the row in the table. */
export type Resubmitted = Readonly<z.output<typeof resubmitted>>;

const answer = z.object({ outcomes: z.array(resubmitted), unseen });

/** Thrown to roll back a transaction that was only a trial. */
const TRIED = Symbol('tried');

/**
 * Loads corrections, all of them or none (I2). Each reject is claimed, so that it is loaded only once, however often and by
 * whomever it is sent (I3). A reject that is missing from the result was claimed before or does not exist any more.
 *
 * @param sql for the contract that the corrections were read by
 * @param o.feed the feed of all these rejects
 * @param o.from the file that the corrections came in, and `who` brought it, for the audit
 * @param o.dryRun tries everything and rolls it back
 * @throws {PostgresFailure} of kind `data` when PostgreSQL refuses one of the rows, with SL002 when the table drops or hides one
 */
export async function resubmitRows(
  sql: Sql,
  rows: readonly CorrectedRow[],
  o: {
    readonly batchId: string;
    readonly feed: string;
    readonly from: string;
    readonly who: string;
    readonly dryRun: boolean;
  },
): Promise<Resubmitted[]> {
  return await tryAgainAtOnce(() => resubmitOnce(sql, rows, o));
}

async function resubmitOnce(
  sql: Sql,
  rows: readonly CorrectedRow[],
  o: Parameters<typeof resubmitRows>[2],
): Promise<Resubmitted[]> {
  const input = JSON.stringify(
    rows.map(({ fileNo, line, row }) => ({ ...row, sluice_file: fileNo, sluice_line: line })),
  );
  let done: Resubmitted[] = [];
  try {
    await inTransaction(sql, async (transaction) => {
      const session = await withColumns(transaction);
      const asked = [input, o.batchId, o.from, o.who, o.feed];
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
