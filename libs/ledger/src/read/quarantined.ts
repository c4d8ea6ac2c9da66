import type { FileNo, FoundFile, QuarantineReason } from '@sluice/core';
import type { Sql } from '../client.ts';
import { camelKeys } from '../operate/operations.ts';
import { run } from '../statements.ts';

/** A file that could not be read, or not further. */
export interface QuarantinedFile extends FoundFile {
  readonly fileNo: FileNo;
  readonly contentHash: string | null;
  /** Where clean-up has put it, and where it was about to; null when the ledger has no record of that. */
  readonly movedTo: string | null;
  readonly movingTo: string | null;
  readonly cleanedAt: Date | null;
  readonly quarantine: QuarantineReason;
  readonly quarantineDetail: string | null;
  /** The last line that was read; null when none was. */
  readonly lastLine: number | null;
  readonly records: number;
  /** Rows of the table that it brought before the fault, and that no undo has removed. */
  readonly rows: number;
  readonly duplicates: number;
  readonly rejects: number;
  readonly closedAt: Date | null;
  /** A later file of that name, which was loaded. */
  readonly correctedBy: FileNo | null;
}

const PAGE = 500;

/** The quarantined files, newest first, in pages (I8). */
export async function* listQuarantined(sql: Sql, limit: number): AsyncGenerator<QuarantinedFile> {
  let after: FileNo | null = null;
  for (let left = limit; left > 0; left -= PAGE) {
    const size = Math.min(left, PAGE);
    const rows: Record<string, unknown>[] = await run(sql, 'read/quarantined', [after, size]);
    const page = rows.map((row) => camelKeys(row) as unknown as QuarantinedFile);
    yield* page;
    after = page.at(-1)?.fileNo ?? null;
    if (page.length < size) return;
  }
}
