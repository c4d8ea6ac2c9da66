import { type FileNo, type FileRules, type KnownFile, pinnedRules, type Token } from '@sluice/core';
import type { Sql } from '../client.ts';
import { pinnedParameters } from '../commit/ledger.ts';
import { run } from '../statements.ts';

/** A version of a name as an operator needs to see it. */
export interface FileVersion {
  readonly fileNo: FileNo;
  readonly name: string;
  readonly token: Token;
  readonly generation: number;
  readonly contentNo: number;
  readonly changedAt: string | null;
  readonly rules: FileRules;
  readonly contentHash: string | null;
  readonly sameAs: FileNo | null;
  readonly landedAt: Date;
  readonly closedAt: Date | null;
  readonly goneAt: Date | null;
  readonly records: number;
  readonly inserted: number;
  readonly duplicates: number;
  readonly rejects: number;
  /** Of the inserted rows, those that an undo has removed. */
  readonly undone: number;
  readonly undoneAt: Date | null;
  readonly quarantine: string | null;
  /** `kept`, or on its way out by retention. */
  readonly detailState: 'kept' | 'dropping' | 'dropped';
}

/** All versions of one name, oldest first. */
export async function versionsOf(sql: Sql, name: string): Promise<FileVersion[]> {
  const rows = await run<PinnedRow>(sql, 'operate/versions-of', [name]);
  return rows.map((row) => withRules(row) as unknown as FileVersion);
}

/**
 * Registers a version to be read once more, as its next generation. Undefined when the ledger does not know the version, or
 * when one of its generations is still to be loaded.
 *
 * @param who the operator, for the audit
 */
export async function registerReplay(
  sql: Sql,
  file: KnownFile,
  { rules, who }: { readonly rules: FileRules; readonly who: string },
): Promise<{ readonly fileNo: FileNo; readonly generation: number } | undefined> {
  const [row] = await run<{ file_no: FileNo; generation: number }>(sql, 'operate/register-replay', [
    ...[file.name, file.token, ...pinnedParameters(rules), who, file.changedAt],
  ]);
  return row === undefined ? undefined : { fileNo: row.file_no, generation: row.generation };
}

/** Of these staged files, those that the ledger does not know under that number and name. */
export async function foreignAmong(
  sql: Sql,
  staged: readonly { readonly fileNo: FileNo; readonly file: string }[],
): Promise<Set<FileNo>> {
  if (staged.length === 0) return new Set();
  const files = JSON.stringify(staged.map(({ fileNo, file }) => ({ file_no: fileNo, name: file })));
  const rows = await run<{ file_no: FileNo }>(sql, 'operate/foreign-chunks', [files]);
  return new Set(rows.map(({ file_no }) => file_no));
}

/** A row of the table. Times as PostgreSQL writes them, in UTC, to the microsecond. */
export interface StoredEvent {
  readonly event_id: string;
  readonly event_type: string;
  readonly product_id: string;
  readonly user_id: string;
  readonly event_timestamp: string;
  readonly quantity: number | null;
  readonly price: string | null;
  readonly created_at: string | null;
}

export async function findEvent(sql: Sql, id: string): Promise<StoredEvent | undefined> {
  return (await run<StoredEvent>(sql, 'operate/find-event', [id]))[0];
}

/** One chunk of a batch, with what it takes to find its file. */
export interface BatchChunk {
  readonly batchId: string;
  readonly committedAt: Date;
  readonly fileNo: FileNo;
  readonly name: string;
  readonly token: Token;
  readonly contentNo: number;
  readonly contentHash: string | null;
  readonly rules: FileRules;
  readonly firstLine: number;
  readonly lastLine: number;
  readonly records: number;
}

/** The chunks of the batch that inserted a row. Empty when no commit has its time. */
export async function batchOfEvent(sql: Sql, id: string): Promise<BatchChunk[]> {
  const rows = await run<PinnedRow>(sql, 'operate/event-batch', [id]);
  return rows.map((row) => withRules(row) as unknown as BatchChunk);
}

/** A record that mentions an event and is no row: rejected, or with another content for a known id. */
export interface Mention {
  readonly kind: 'conflict' | 'reject';
  readonly file_no: FileNo;
  readonly name: string;
  readonly line: number;
  readonly code: string | null;
  readonly expected: string | null;
  /** When a reject was corrected and loaded, and under which id. */
  readonly resubmitted_at: Date | null;
  readonly resubmitted_as: string | null;
}

export async function mentionsOfEvent(sql: Sql, id: string): Promise<Mention[]> {
  // Hexadecimal letters may be of either case in a file.
  const [longest = ''] = (id.match(/[-\d]+/g) ?? []).sort((a, b) => b.length - a.length);
  return [...(await run<Mention>(sql, 'operate/event-elsewhere', [id, longest]))];
}

/** A reject that was corrected to an event. `origin`: it brought the row; another one was a duplicate of it. */
export interface Correction {
  readonly fileNo: FileNo;
  readonly name: string;
  readonly line: number;
  readonly code: string;
  readonly resubmittedAt: Date;
  /** Null when RETENTION has dropped that commit. */
  readonly batchId: string | null;
  readonly origin: boolean;
}

/** The rejects that were corrected to this event. */
export async function correctionsOf(sql: Sql, id: string): Promise<Correction[]> {
  const rows = await run<Record<string, unknown>>(sql, 'operate/event-resubmitted', [id]);
  return rows.map((row) => camelKeys(row) as unknown as Correction);
}

/** The latest files whose rows an undo has removed, at most 20. */
export async function undoneFiles(
  sql: Sql,
): Promise<{ readonly fileNo: FileNo; readonly name: string; readonly undone: number }[]> {
  const rows = await run<{ file_no: FileNo; name: string; undone: number }>(sql, 'operate/undone-files');
  return rows.map(({ file_no, name, undone }) => ({ fileNo: file_no, name, undone }));
}

/** A row of a version, with the rules that are pinned to it. */
export interface PinnedRow extends Record<string, unknown> {
  readonly chunk_rows: number;
  readonly reader: number;
  readonly rules: unknown;
}

export function withRules(row: PinnedRow): Record<string, unknown> {
  return { ...camelKeys(row), rules: pinnedRules(row) };
}

/** `file_no` as `fileNo`, and so on. */
export function camelKeys(row: Record<string, unknown>): Record<string, unknown> {
  const camel = (key: string) => key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [camel(key), value]));
}
