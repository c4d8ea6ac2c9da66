import { type Columns, EVENT_COLUMNS, type EventColumn, type FileNo, type FileRules } from '@sluice/core';
import type { Sql } from './client.ts';
import { type PinnedRow, withRules } from './operations.ts';
import { run, type Session } from './statements.ts';

/**
 * `open`: somebody has to see to it. The others are settled: corrected and loaded, or of a file whose rows an undo has
 * removed, or of one that was read again since.
 */
export type RejectState = 'open' | 'resubmitted' | 'undone' | 'replayed';

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
      run<PinnedRow>(session, 'list-rejects', [...only, ...after, size]),
    );
    const page = rows.map(rejectOf);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < size) return;
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
  return await patiently(sql, async (session) => {
    await session.unsafe('SET LOCAL enable_seqscan = on');
    return [...(await run<RejectCount>(session, 'count-rejects', only))];
  });
}

function rejectOf(row: PinnedRow): LedgerReject {
  const { name, col, code, state, columnsAt, columns, ...reject } = withRules(row);
  const at = columnsAt as readonly number[] | null;
  const places = at && Object.fromEntries(EVENT_COLUMNS.map((column, i) => [column, at[i]]));
  return {
    ...reject,
    ...{ file: name, column: col, reason: code },
    state: reject.resubmittedAt === null ? state : 'resubmitted',
    columns: places && { at: places, width: columns },
  } as unknown as LedgerReject;
}

/** A person waits for these, and a ledger may hold millions. */
async function patiently<T>(sql: Sql, use: (session: Session) => Promise<T>): Promise<T> {
  const result = await sql.begin('READ ONLY', async (transaction) => {
    await transaction`SET LOCAL statement_timeout = 0`;
    return { of: await use(Object.assign(transaction, { eventsTable: sql.eventsTable })) };
  });
  return result.of;
}
