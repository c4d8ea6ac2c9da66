import type { FileNo, StrayQuotes } from '@sluice/core';
import type { Sql } from '../client.ts';
import { camelKeys } from '../operate/operations.ts';
import { run } from '../statements.ts';
import type { QuarantinedFile } from './quarantined.ts';
import { type LedgerStrayQuotes, strayQuotesOf } from './stray-quotes.ts';

export type FileState = 'open' | 'closed' | 'quarantined' | 'gone' | 'same' | 'undone';

/** A version as a list shows it. */
export interface ListedFile {
  readonly fileNo: FileNo;
  readonly name: string;
  readonly state: FileState;
  readonly generation: number;
  readonly bytes: number;
  readonly landedAt: Date;
  readonly closedAt: Date | null;
  readonly records: number;
  readonly inserted: number;
  readonly duplicates: number;
  readonly conflicts: number;
  readonly rejects: number;
  readonly quarantine: string | null;
}

/** A version with all that the ledger has of it. The times of its stages are null until a chunk is committed. */
export interface WholeFile extends ListedFile {
  readonly stableAt: Date;
  readonly registeredAt: Date;
  readonly queuedAt: Date | null;
  readonly firstParsed: Date | null;
  readonly lastParsed: Date | null;
  readonly firstCommitted: Date | null;
  readonly lastCommitted: Date | null;
  readonly contentHash: string | null;
  readonly sameAs: FileNo | null;
  readonly total: number | null;
  readonly lastLine: number | null;
  readonly undone: number;
  readonly undoneAt: Date | null;
  readonly duplicatesInChunk: number;
  readonly quarantineDetail: string | null;
  readonly goneWhy: string | null;
  /** Where clean-up has put it, and where it was about to. */
  readonly movedTo: string | null;
  readonly movingTo: string | null;
  /** When clean-up has moved it or, without a path, deleted it. */
  readonly cleanedAt: Date | null;
  readonly detailState: 'kept' | 'dropping' | 'dropped';
  readonly strayQuotes: StrayQuotes | null;
}

/** A micro-batch, as far as one file is concerned. */
export interface FileBatch {
  readonly batchId: string;
  readonly chunks: number;
  readonly records: number;
  readonly firstLine: number;
  readonly lastLine: number;
  readonly committedAt: Date;
}

/** One page of the versions, newest first. `search`: a part of the name, in any case. `duplicates`: those that have some. */
export async function listFiles(
  sql: Sql,
  o: {
    readonly search?: string | undefined;
    readonly state?: FileState | 'duplicates' | undefined;
    readonly after: number | null;
    readonly limit: number;
  },
): Promise<ListedFile[]> {
  const pattern = o.search ? `%${o.search.replaceAll(/[\\%_]/g, '\\$&')}%` : null;
  return await camelRows(sql, 'read/file-list', [pattern, o.state ?? null, o.after, o.limit]);
}

export async function findFile(sql: Sql, fileNo: number): Promise<WholeFile | undefined> {
  const [row] = await run<Record<string, unknown> & LedgerStrayQuotes>(sql, 'read/file-page', [fileNo]);
  return row && ({ ...camelKeys(row), strayQuotes: strayQuotesOf(row) } as unknown as WholeFile);
}

export async function batchesOfFile(sql: Sql, fileNo: number, limit: number): Promise<FileBatch[]> {
  return await camelRows(sql, 'read/file-batches', [fileNo, limit]);
}

/** One page of the quarantined files, newest first. */
export async function quarantinedPage(
  sql: Sql,
  after: number | null,
  limit: number,
): Promise<QuarantinedFile[]> {
  return await camelRows(sql, 'read/quarantined', [after, limit]);
}

/** A reject as a page shows it. */
export interface ListedReject {
  readonly fileNo: FileNo;
  readonly name: string;
  readonly line: number;
  readonly lastLine: number | null;
  readonly col: string | null;
  readonly code: string;
  readonly expected: string;
  readonly raw: string;
  readonly resubmittedAt: Date | null;
  readonly resubmittedAs: string | null;
}

/** A place in a list: the last entry of the page before. */
export type After = readonly [fileNo: number, line: number];

export const FROM_NEWEST: After = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];

/** One page of the rejects of one file, by line. */
export async function rejectsOfFile(
  sql: Sql,
  fileNo: number,
  o: { readonly reason?: string | undefined; readonly afterLine: number; readonly limit: number },
): Promise<ListedReject[]> {
  return await camelRows(sql, 'read/file-rejects', [fileNo, o.reason ?? null, o.afterLine, o.limit]);
}

/** One page of the rejects of all files, newest file first. */
export async function latestRejects(
  sql: Sql,
  o: {
    readonly reason?: string | undefined;
    readonly since?: Date | undefined;
    readonly after: After;
    readonly limit: number;
  },
): Promise<ListedReject[]> {
  const asked = [o.reason ?? null, o.since?.toISOString() ?? null, ...o.after, o.limit];
  return await camelRows(sql, 'read/reject-page', asked);
}

/** A duplicate with other content than the row that is there. Contents: the columns after event_id, as text. */
export interface ListedConflict {
  readonly fileNo: FileNo;
  readonly name: string;
  readonly line: number;
  readonly lastLine: number | null;
  readonly eventId: string;
  readonly offered: readonly (string | null)[];
  readonly kept: readonly (string | null)[] | null;
}

export async function listConflicts(
  sql: Sql,
  o: { readonly file?: number | undefined; readonly after: After; readonly limit: number },
): Promise<ListedConflict[]> {
  return await camelRows(sql, 'read/conflict-page', [o.file ?? null, ...o.after, o.limit]);
}

async function camelRows<Row>(sql: Sql, name: string, asked: (string | number | null)[]): Promise<Row[]> {
  const rows = await run<Record<string, unknown>>(sql, name, asked);
  return rows.map((row) => camelKeys(row) as Row);
}
