import { type FileNo, fileNo } from '@sluice/core';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { token } from '../columns.ts';
import { run } from '../statements.ts';

const quarantinedFile = z.object({
  fileNo,
  feed: z.string(),
  name: z.string(),
  token,
  contentHash: z.string().nullable(),
  /** Where clean-up has put the file, and where it was about to put it. Null when the ledger has no record of that. */
  movedTo: z.string().nullable(),
  movingTo: z.string().nullable(),
  cleanedAt: z.date().nullable(),
  quarantine: z.string(),
  quarantineDetail: z.string().nullable(),
  /** The last line that was read; null when no line was. */
  lastLine: z.int().nullable(),
  records: z.int(),
  /** The rows that the file brought before the fault, without those that an undo has removed. */
  rows: z.int(),
  duplicates: z.int(),
  rejects: z.int(),
  closedAt: z.date().nullable(),
  /** A later file with the same name that was loaded. */
  correctedBy: fileNo.nullable(),
  /** The source folder in which it was last seen. */
  folder: z.string().nullable(),
  /** Why it needs no attention any more; null while it does. `newer`: a later version of it is known. */
  settled: z.enum(['undone', 'newer', 'acknowledged']).nullable(),
});

/** A file that could not be read at all, or not to its end. */
export type QuarantinedFile = Readonly<z.output<typeof quarantinedFile>>;

/** One page of the quarantined files, newest first; of one feed, or of all. `open`: only those that are not settled. */
export async function quarantinedPage(
  sql: Sql,
  after: number | null,
  limit: number,
  { feed, open = false }: { readonly feed: string | null; readonly open?: boolean } = { feed: null },
): Promise<QuarantinedFile[]> {
  return await run(sql, 'read/quarantined', quarantinedFile, [after, limit, feed, open ? 'open' : null]);
}

const PAGE = 500;

/** The quarantined files, newest first, in pages (I8). */
export async function* listQuarantined(
  sql: Sql,
  limit: number,
  o: { readonly feed: string | null; readonly open?: boolean } = { feed: null },
): AsyncGenerator<QuarantinedFile> {
  let after: FileNo | null = null;
  for (let left = limit; left > 0; left -= PAGE) {
    const size = Math.min(left, PAGE);
    const page: QuarantinedFile[] = await quarantinedPage(sql, after, size, o);
    yield* page;
    after = page.at(-1)?.fileNo ?? null;
    if (page.length < size) return;
  }
}
