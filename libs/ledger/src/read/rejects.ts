import {
  type Columns,
  EVENT_COLUMNS,
  type EventColumn,
  type FileNo,
  type FileRules,
  pinnedRules,
} from '@sluice/core';
import type { Sql } from '../client.ts';
import { run, type Session } from '../statements.ts';

/**
 * `open`: somebody has to see to it. The others are settled: corrected and loaded, or of a file whose rows an undo has
 * removed, or of one that was read again since.
 */
type RejectState = 'open' | 'resubmitted' | 'undone' | 'replayed';

/** Which rejects are meant; what is left out does not restrict. `since`: of the commit. */
export interface RejectFilter {
  readonly file?: string | undefined;
  readonly reason?: string | undefined;
  readonly since?: Date | undefined;
}

/** A reject, with what it takes to split its record as its file was split. */
export interface LedgerReject {
  readonly fileNo: FileNo;
  readonly file: string;
  readonly line: number;
  /** Line on which the record ends; null when it was read before that was kept. */
  readonly lastLine: number | null;
  readonly column: EventColumn | null;
  readonly reason: string;
  readonly expected: string;
  readonly raw: string;
  readonly committedAt: Date | null;
  readonly state: RejectState;
  readonly resubmittedAt: Date | null;
  /** The event_id of its correction. */
  readonly resubmittedAs: string | null;
  readonly rules: FileRules;
  /** The header of its file; null when the ledger does not have it. */
  readonly columns: Columns | null;
}

/** Rejects read at once: at most 4 MiB. */
const PAGE = 1_000;

/**
 * The rejects, of the newest file first, in a file by line; in pages, so that any number takes the same memory (I8).
 *
 * @param o.settled also those that nobody has to see to any more
 */
export async function* listRejects(
  sql: Sql,
  { file, reason, since }: RejectFilter,
  o: { readonly settled: boolean; readonly limit: number },
): AsyncGenerator<LedgerReject> {
  const only = [file ?? null, reason ?? null, since?.toISOString() ?? null, o.settled ? 1 : 0];
  let after: readonly [FileNo | null, number] = [null, 0];
  for (let left = o.limit; left > 0; left -= PAGE) {
    const size = Math.min(left, PAGE);
    const rows = await patiently(sql, (session) =>
      run<Row>(session, 'read/list-rejects', [...only, ...after, size]),
    );
    let last: LedgerReject | undefined;
    for (const row of rows) {
      last = rejectOf(row, last);
      yield last;
    }
    if (last === undefined || rows.length < size) return;
    after = [last.fileNo, last.line];
  }
}

/** How many rejects there are of one kind. */
export interface RejectCount {
  readonly state: RejectState;
  readonly code: string;
  readonly expected: string;
  readonly count: number;
}

export async function countRejects(sql: Sql, { file, reason, since }: RejectFilter): Promise<RejectCount[]> {
  const only = [file ?? null, reason ?? null, since?.toISOString() ?? null];
  return await patiently(sql, (session) => run<RejectCount>(session, 'read/count-rejects', only));
}

interface Row {
  readonly file_no: FileNo;
  readonly name: string;
  readonly state: RejectState;
  readonly chunk_rows: number;
  readonly reader: number;
  readonly rules: unknown;
  readonly columns_at: readonly number[] | null;
  readonly columns: number | null;
  readonly line: number;
  readonly last_line: number | null;
  readonly col: EventColumn | null;
  readonly code: string;
  readonly expected: string;
  readonly raw: string;
  readonly committed_at: Date | null;
  readonly resubmitted_at: Date | null;
  readonly resubmitted_as: string | null;
}

type OfFile = Pick<LedgerReject, 'fileNo' | 'file' | 'rules' | 'columns'>;

/** `known`: what a reject of the same file has in common with this one. */
function rejectOf(row: Row, known: OfFile | undefined): LedgerReject {
  const { fileNo, file, rules, columns } = known?.fileNo === row.file_no ? known : fileOf(row);
  return {
    ...{
      fileNo,
      file,
      line: row.line,
      lastLine: row.last_line,
      column: row.col,
      reason: row.code,
      expected: row.expected,
      raw: row.raw,
    },
    ...{ committedAt: row.committed_at, state: row.resubmitted_at === null ? row.state : 'resubmitted' },
    ...{ resubmittedAt: row.resubmitted_at, resubmittedAs: row.resubmitted_as, rules, columns },
  };
}

function fileOf(row: Row): OfFile {
  const { file_no: fileNo, name: file, columns_at: places, columns: width } = row;
  const at = EVENT_COLUMNS.map((column, i) => [column, places?.[i]]);
  const columns =
    places && width ? { at: Object.fromEntries(at) as Record<EventColumn, number>, width } : null;
  return { fileNo, file, rules: pinnedRules(row), columns };
}

/** A person waits for these, and a ledger may hold millions. */
async function patiently<T>(sql: Sql, use: (session: Session) => Promise<T>): Promise<T> {
  const result = await sql.begin('READ ONLY', async (transaction) => {
    await transaction`SET LOCAL statement_timeout = 0`;
    return { of: await use(Object.assign(transaction, { eventsTable: sql.eventsTable })) };
  });
  return result.of;
}
