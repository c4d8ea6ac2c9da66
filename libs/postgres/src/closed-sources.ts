import type { FileNo, FoundFile } from '@sluice/core';
import type { Sql } from './client.ts';
import { run } from './statements.ts';

/** What clean-up has to know of a file version. */
export interface KnownSource extends FoundFile {
  readonly fileNo: FileNo;
  /** Every record of it is in the ledger, and no replay is to read it: it may go (I5). */
  readonly closed: boolean;
  readonly closedAt: Date | null;
  readonly quarantined: boolean;
}

/** The versions of these numbers that the ledger knows. */
export async function knownSources(sql: Sql, files: readonly FileNo[]): Promise<KnownSource[]> {
  if (files.length === 0) return [];
  type Row = Omit<KnownSource, 'fileNo' | 'closedAt'> & { file_no: FileNo; closed_at: Date | null };
  const rows = await run<Row>(sql, 'closed-sources', [[...files]]);
  return rows.map(({ file_no: fileNo, closed_at: closedAt, ...source }) => ({ ...source, fileNo, closedAt }));
}
