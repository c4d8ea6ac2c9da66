import { type Contract, keyOf, type ParsedRow } from '@sluice/core';
import {
  type BatchChunk,
  batchOfEvent,
  type Correction,
  correctionsOf,
  findEvent,
  isForbidden,
  type Mention,
  mentionsOfEvent,
  type Sql,
  type StoredRow,
  totals,
  undoneFiles,
} from '@sluice/ledger';
import { readChunks } from '../load/read-chunks.ts';
import type { Stores } from '../stores.ts';
import { LoadedSources } from './loaded-sources.ts';

/** A file of a batch, and its lines that were in the batch. */
interface BatchFile extends Pick<BatchChunk, 'fileNo' | 'name'> {
  readonly lines: readonly (readonly [first: number, last: number])[];
  readonly records: number;
  /** False when its content is no longer in the source folder, the archive or the quarantine. */
  readonly readable: boolean;
}

/** The record that became the row. */
interface Origin {
  readonly fileNo: number;
  readonly name: string;
  readonly path: string;
  readonly line: number;
  readonly lastLine: number;
  /** False when an earlier file of the batch cannot be read: that file may have brought the row. */
  readonly certain: boolean;
}

/** Where a row came from. `batch` is undefined when no commit in the ledger has the row's time. */
export interface Lineage {
  readonly row: StoredRow;
  readonly batch: { readonly id: string; readonly committedAt: Date } | undefined;
  readonly files: readonly BatchFile[];
  readonly origin: Origin | undefined;
  /** The rejects that were corrected to this row; one of them may be its origin. */
  readonly corrections: readonly Correction[];
  /** Records that were rejected, or that offered other content for this id. */
  readonly mentions: readonly Mention[];
  /** The database role may not read rejects and conflicts, so corrections and mentions are not known. */
  readonly detailHidden: boolean;
}

/** Why an event may not be in the table. */
export interface Absence {
  readonly row: undefined;
  readonly corrections: readonly Correction[];
  readonly mentions: readonly Mention[];
  readonly detailHidden: boolean;
  readonly undone: Awaited<ReturnType<typeof undoneFiles>>;
  /** How many files are still to be loaded. */
  readonly openFiles: number;
}

/** Follows a row back to its batch, file and line, or says what the ledger knows about an id that is not in the table. */
export async function lineage(
  id: string,
  { sql, config }: Pick<Stores, 'sql' | 'config'>,
): Promise<Lineage | Absence> {
  const row = await findEvent(sql, id);
  const { mentions, corrections, detailHidden } = await beside(sql, id);
  if (row === undefined) {
    const [undone, sums] = await Promise.all([undoneFiles(sql), totals(sql)]);
    return { row, corrections, mentions, detailHidden, undone, openFiles: sums.open };
  }
  const chunks = await batchOfEvent(sql, id);
  const sources = new LoadedSources({ sql, config });
  const rejected = new Set(
    mentions.filter(({ kind }) => kind === 'reject').map((m) => `${m.fileNo}/${m.line}`),
  );
  const files: BatchFile[] = [];
  let origin: Origin | undefined;
  // Within a batch, the lowest file number inserts the row, so the first file that contains it is its origin.
  let certain = true;
  for (const own of Map.groupBy(chunks, ({ fileNo }) => fileNo).values()) {
    const [first] = own;
    if (first === undefined) continue;
    const source = await sources.find(first);
    files.push({
      fileNo: first.fileNo,
      name: first.name,
      lines: own.map(({ firstLine, lastLine }) => [firstLine, lastLine]),
      records: own.reduce((sum, { records }) => sum + records, 0),
      readable: source !== undefined,
    });
    if (source === undefined) certain = false;
    else if (origin === undefined) {
      const found = await findRow(id, own, source, rejected, sql.contract);
      const { fileNo, name } = first;
      if (found !== undefined) {
        const { sluice_line: line, sluice_last_line: lastLine = line } = found;
        origin = { fileNo, name, path: source.path, line, lastLine, certain };
      }
    }
  }
  const [chunk] = chunks;
  const batch = chunk ? { id: chunk.batchId, committedAt: chunk.committedAt } : batchOf(corrections);
  return { row, batch, files, origin, corrections, mentions, detailHidden };
}

async function beside(
  sql: Sql,
  id: string,
): Promise<Pick<Lineage, 'mentions' | 'corrections' | 'detailHidden'>> {
  try {
    const [mentions, corrections] = await Promise.all([mentionsOfEvent(sql, id), correctionsOf(sql, id)]);
    return { mentions, corrections, detailHidden: false };
  } catch (error) {
    if (isForbidden(error)) return { mentions: [], corrections: [], detailHidden: true };
    throw error;
  }
}

/** The batch of a resubmission has no chunks. */
function batchOf(corrections: readonly Correction[]): Lineage['batch'] {
  const origin = corrections.find((correction) => correction.origin);
  return origin?.batchId ? { id: origin.batchId, committedAt: origin.resubmittedAt } : undefined;
}

async function findRow(
  id: string,
  spans: readonly BatchChunk[],
  file: Awaited<ReturnType<LoadedSources['find']>>,
  rejected: ReadonlySet<string>,
  contract: Contract,
): Promise<ParsedRow | undefined> {
  await using source = await file?.open();
  const [span] = spans;
  const last = spans.at(-1)?.lastLine ?? 0;
  if (source === undefined || span === undefined) return undefined;
  for await (const chunk of readChunks(source, span, contract)) {
    if (chunk.firstLine > last) return undefined;
    const row = chunk.rows.find(
      (one) =>
        keyOf(contract, one) === id &&
        !rejected.has(`${span.fileNo}/${one.sluice_line}`) &&
        spans.some(({ firstLine, lastLine }) => one.sluice_line >= firstLine && one.sluice_line <= lastLine),
    );
    if (row !== undefined) return row;
  }
  return undefined;
}
