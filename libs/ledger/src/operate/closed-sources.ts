import type { FileNo, KnownFile } from '@sluice/core';
import type { Sql } from '../client.ts';
import { run } from '../statements.ts';

/** What clean-up has to know of a file version. */
export interface KnownSource extends KnownFile {
  readonly fileNo: FileNo;
  /** Of what was loaded; null when it was not read to its end. */
  readonly contentHash: string | null;
  /** Every record of it is in the ledger, and no replay is to read it: it may go (I5). */
  readonly closed: boolean;
  readonly closedAt: Date | null;
  readonly quarantined: boolean;
  /** Where a clean-up that has not said its end was about to put it. */
  readonly movingTo: string | null;
}

/** The versions of these numbers that the ledger knows. */
export async function knownSources(sql: Sql, files: readonly FileNo[]): Promise<KnownSource[]> {
  if (files.length === 0) return [];
  type Row = Pick<KnownSource, 'name' | 'token' | 'closed' | 'quarantined'> & {
    readonly file_no: FileNo;
    readonly changed_at: string | null;
    readonly content_hash: string | null;
    readonly closed_at: Date | null;
    readonly moving_to: string | null;
  };
  const rows = await run<Row>(sql, 'operate/closed-sources', [[...files]]);
  return rows.map(({ name, token, closed, quarantined, ...row }) => ({
    ...{ name, token, closed, quarantined },
    fileNo: row.file_no,
    changedAt: row.changed_at,
    contentHash: row.content_hash,
    closedAt: row.closed_at,
    movingTo: row.moving_to,
  }));
}
