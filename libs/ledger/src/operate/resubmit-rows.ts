import type { Event, FileNo, FileRules } from '@sluice/core';
import type { Sql } from '../client.ts';
import { classify, rowsUnseen, tryAgainAtOnce, type Unseen } from '../failure.ts';
import { run } from '../statements.ts';
import { type PinnedRow, withRules } from './operations.ts';

/** Which reject is meant. */
export interface RejectRef {
  readonly fileNo: FileNo;
  readonly line: number;
}

/** What the ledger has under such a reference. */
export interface NamedReject extends RejectRef {
  readonly name: string;
  readonly rules: FileRules;
  /** False when that line of the file is no reject, or is none any more because of RETENTION (`detailState`). */
  readonly known: boolean;
  readonly detailState: 'kept' | 'dropping' | 'dropped';
  readonly undone: boolean;
  readonly resubmittedAt: Date | null;
  readonly resubmittedAs: string | null;
}

/** Looks rejects up; those of files that the ledger does not know are left out. */
export async function namedRejects(sql: Sql, refs: readonly RejectRef[]): Promise<NamedReject[]> {
  if (refs.length === 0) return [];
  const named = JSON.stringify(refs.map(({ fileNo, line }) => ({ file_no: fileNo, line })));
  const rows = await run<PinnedRow>(sql, 'operate/named-rejects', [named]);
  return rows.map((row) => withRules(row) as unknown as NamedReject);
}

/** A reject's correction. */
export interface CorrectedRow extends RejectRef {
  readonly event: Event;
}

/** What became of a correction. `conflict`: a duplicate with other content than the row that is there. */
export interface Resubmitted extends RejectRef {
  readonly outcome: 'inserted' | 'duplicate' | 'conflict';
}

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
  const input = JSON.stringify(rows.map(({ fileNo, line, event }) => ({ file_no: fileNo, line, ...event })));
  type Row = {
    readonly outcomes: readonly (Omit<Resubmitted, 'fileNo'> & { file_no: FileNo })[];
    readonly unseen: Unseen | null;
  };
  let outcomes: Row['outcomes'] = [];
  try {
    await sql.begin(async (transaction) => {
      const session = Object.assign(transaction, { eventsTable: sql.eventsTable });
      const [row] = await run<Row>(session, 'operate/resubmit', [input, o.batchId, o.from, o.who]);
      if (row?.unseen) throw rowsUnseen(sql.eventsTable, row.unseen);
      outcomes = row?.outcomes ?? [];
      if (o.dryRun) throw TRIED;
    });
  } catch (error) {
    if (error !== TRIED) throw classify(error);
  }
  return outcomes.map(({ file_no: fileNo, line, outcome }) => ({ fileNo, line, outcome }));
}
