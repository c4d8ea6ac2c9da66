import { contractNo, type FileNo, fileNo, pinnedRules } from '@sluice/core';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { patiently, run } from '../statements.ts';

/**
 * `open`: somebody must deal with the reject. The other states are settled: the reject was corrected and loaded, an undo
 * has removed the rows of its file, or the file was read again since.
 */
const state = z.enum(['open', 'resubmitted', 'undone', 'replayed']);

/** Selects rejects. A field that is left out does not restrict the selection. `since` is the earliest time of the commit. */
export interface RejectFilter {
  readonly feed?: string | undefined;
  readonly file?: string | undefined;
  readonly reason?: string | undefined;
  readonly since?: Date | undefined;
  /** One version of a file, where `file` is all versions of a name. */
  readonly fileNo?: FileNo | undefined;
}

const rejectFile = z.object({
  fileNo,
  file: z.string(),
  rules: pinnedRules,
  feed: z.string(),
  /** Null: registered before there were feeds. */
  contractNo: contractNo.nullable(),
  /** The header of the file; null when the ledger does not have it. */
  columns: z.object({ at: z.array(z.int()).readonly(), width: z.int() }).nullable(),
});

/** How a file with rejects was read, by which its records are split. */
type RejectFile = Readonly<z.output<typeof rejectFile>>;

export async function rejectFileOf(sql: Sql, file: FileNo): Promise<RejectFile | undefined> {
  return (await run(sql, 'read/reject-files', rejectFile, [[file]]))[0];
}

const rejectRow = z.object({
  fileNo,
  line: z.int(),
  /** The line on which the record ends; null when it was read before the ledger kept that line. */
  lastLine: z.int().nullable(),
  column: z.string().nullable(),
  reason: z.string(),
  expected: z.string(),
  raw: z.string(),
  committedAt: z.date().nullable(),
  state,
  resubmittedAt: z.date().nullable(),
  /** The key of its correction, where that is a single UUID. */
  resubmittedAs: z.string().nullable(),
});

/** A reject, with what is needed to split its record in the same way as its file. */
export type LedgerReject = Readonly<z.output<typeof rejectRow> & z.output<typeof rejectFile>>;

/** How many rejects are read at once: at most 4 MiB. */
const PAGE = 1_000;

/**
 * The rejects, those of the newest file first, and by line within a file. They are read in pages, so that any number of them
 * takes the same memory (I8).
 *
 * @param o.settled also gives the settled ones
 */
export async function* listRejects(
  sql: Sql,
  { feed, file, reason, since, fileNo: version }: RejectFilter,
  o: { readonly settled: boolean; readonly limit: number },
): AsyncGenerator<LedgerReject> {
  const only = [file ?? null, reason ?? null, since?.toISOString() ?? null, feed ?? null];
  let after: readonly [FileNo | null, number] = [null, 0];
  for (let left = o.limit; left > 0; left -= PAGE) {
    const size = Math.min(left, PAGE);
    const [rows, files] = await patiently(sql, async (session) => {
      const rows = await run(session, 'read/list-rejects', rejectRow, [
        ...only,
        ...after,
        size,
        o.settled ? 1 : 0,
        version ?? null,
      ]);
      const files = [...new Set(rows.map(({ fileNo }) => fileNo))];
      return [rows, await run(session, 'read/reject-files', rejectFile, [files])] as const;
    });
    const known = new Map(files.map((file) => [file.fileNo, file]));
    for (const row of rows) {
      const file = known.get(row.fileNo);
      if (file === undefined)
        throw new Error(`the ledger has rejects of file ${row.fileNo}, and not the file`);
      yield { ...row, ...file };
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < size) return;
    after = [last.fileNo, last.line];
  }
}

const rejectCount = z.object({ state, code: z.string(), expected: z.string(), count: z.int() });

/** How many rejects there are of one kind. */
export type RejectCount = Readonly<z.output<typeof rejectCount>>;

export async function countRejects(
  sql: Sql,
  { feed, file, reason, since }: RejectFilter,
): Promise<RejectCount[]> {
  const only = [file ?? null, reason ?? null, since?.toISOString() ?? null, feed ?? null];
  return await patiently(sql, (session) => run(session, 'read/count-rejects', rejectCount, only));
}
