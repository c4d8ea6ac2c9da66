import { type Contract, FIRST_FEED, keyOf, MASKED, type ParsedRow } from '@sluice/core';
import {
  type BatchChunk,
  type Correction,
  isForbidden,
  KeyTrace,
  type KeyValues,
  type Mention,
  type NamedFile,
  PostgresFailure,
  type StoredRow,
  totals,
  undoneFiles,
} from '@sluice/ledger';
import { readChunks } from '../load/read-chunks.ts';
import type { Stores } from '../stores.ts';
import { keyOfText } from './key-text.ts';
import { LoadedSources } from './loaded-sources.ts';
import { Loads } from './loads.ts';
import { OperationRefused } from './operator.ts';

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
  /** Null when the row names its file, and that cannot be read any more. */
  readonly path: string | null;
  readonly line: number;
  readonly lastLine: number;
  /** False when an earlier file of the batch cannot be read: that file may have brought the row. */
  readonly certain: boolean;
}

/** Where a row came from. `batch` is undefined when the ledger does not know the commit of the row. */
export interface Lineage {
  readonly row: StoredRow;
  readonly batch: { readonly id: string; readonly committedAt: Date } | undefined;
  readonly files: readonly BatchFile[];
  readonly origin: Origin | undefined;
  /** The rejects that were corrected to this row; one of them may be its origin. */
  readonly corrections: readonly Correction[];
  /** Records that were rejected, or that offered other content for this key. */
  readonly mentions: readonly Mention[];
  /** The database role may not read rejects and conflicts, so corrections and mentions are not known. */
  readonly detailHidden: boolean;
}

/** Why a row may not be in the table. */
export interface Absence {
  readonly row: undefined;
  readonly corrections: readonly Correction[];
  readonly mentions: readonly Mention[];
  readonly detailHidden: boolean;
  readonly undone: Awaited<ReturnType<typeof undoneFiles>>;
  /** How many files of the feed are still to be loaded. */
  readonly openFiles: number;
}

/**
 * Follows a row back to its batch, file and line, or says what the ledger knows about a key that is not in the table.
 *
 * @param given the key: `field=value` for each of its fields, or only the value if there is one field
 * @throws {OperationRefused} when that is no key of the feed
 */
export async function lineage(
  given: string | readonly string[],
  { sql, config }: Pick<Stores, 'sql' | 'config'>,
  feed: string = FIRST_FEED,
): Promise<Lineage | Absence> {
  const { load } = await new Loads(sql).active(feed);
  const { contract } = load;
  const key = keyOfText(feed, contract, typeof given === 'string' ? [given] : given);
  const trace = await KeyTrace.of(sql, contract, key);
  const row = await rowOf(trace, key);
  const { mentions, corrections, detailHidden } = await beside(trace, key, row, contract);
  if (row === undefined) {
    const [undone, sums] = await Promise.all([undoneFiles(sql, feed), totals(sql, feed)]);
    return { row, corrections, mentions, detailHidden, undone, openFiles: sums.open };
  }
  const sources = new LoadedSources({ sql, config });
  const { sluice_file: file, sluice_line: line } = row;
  const named =
    typeof file === 'number' && typeof line === 'number' ? await trace.file(file, line) : undefined;
  const found =
    named === undefined
      ? await byBatch(await trace.batch(), key, sources, mentions, contract)
      : await byFile(named, Number(line), sources, contract);
  const batch = batchOf(corrections) ?? found.batch;
  return { row: shownOf(row, contract), ...found, batch, corrections, mentions, detailHidden };
}

async function rowOf(trace: KeyTrace, key: KeyValues): Promise<StoredRow | undefined> {
  try {
    return await trace.row();
  } catch (error) {
    if (!(error instanceof PostgresFailure) || error.kind !== 'data') throw error;
    const names = Object.keys(key).join(', ');
    throw new OperationRefused(
      `this is no value of ${names}: ${error.message}`,
      'give the value as the table shows it',
    );
  }
}

/** Sensitive values are not shown. */
function shownOf(row: StoredRow, { fields }: Contract): StoredRow {
  const hidden = new Set(fields.filter(({ sensitive }) => sensitive).map(({ name }) => name));
  if (hidden.size === 0) return row;
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, hidden.has(name) && value !== null ? MASKED : value]),
  );
}

type Found = Pick<Lineage, 'batch' | 'files' | 'origin'>;

/** The row names its file and line. */
async function byFile(
  file: NamedFile,
  line: number,
  sources: LoadedSources,
  contract: Contract,
): Promise<Found> {
  const { fileNo, name, chunk } = file;
  const source = await sources.find(file);
  const span = chunk ?? { firstLine: line, lastLine: line, records: 1 };
  const isRow = (row: ParsedRow) => row.sluice_line === line;
  const read = source && (await findRow([{ ...file, ...span }], source, isRow, contract));
  const lines = [[span.firstLine, span.lastLine] as const];
  return {
    batch: chunk ? { id: chunk.batchId, committedAt: chunk.committedAt } : undefined,
    files: [{ fileNo, name, lines, records: span.records, readable: source !== undefined }],
    origin: {
      ...{ fileNo, name, path: source?.path ?? null },
      ...{ line, lastLine: read?.sluice_last_line ?? line, certain: true },
    },
  };
}

/** The commit of the row is known, and the files that were in it are read. */
async function byBatch(
  chunks: readonly BatchChunk[],
  key: KeyValues,
  sources: LoadedSources,
  mentions: readonly Mention[],
  contract: Contract,
): Promise<Found> {
  const rejected = new Set(
    mentions.filter(({ kind }) => kind === 'reject').map((m) => `${m.fileNo}/${m.line}`),
  );
  const id = contract.key.map((name) => key[name]).join(', ');
  const files: BatchFile[] = [];
  let origin: Origin | undefined;
  // Within a batch, the lowest file number inserts the row, so the first file that contains it is its origin.
  let certain = true;
  for (const own of Map.groupBy(chunks, ({ fileNo }) => fileNo).values()) {
    const [first] = own;
    if (first === undefined) continue;
    const { fileNo, name } = first;
    const source = await sources.find(first);
    files.push({
      ...{ fileNo, name, readable: source !== undefined },
      lines: own.map(({ firstLine, lastLine }) => [firstLine, lastLine]),
      records: own.reduce((sum, { records }) => sum + records, 0),
    });
    if (source === undefined) certain = false;
    else if (origin === undefined) {
      const isRow = (row: ParsedRow) =>
        keyOf(contract, row) === id && !rejected.has(`${fileNo}/${row.sluice_line}`);
      const found = await findRow(own, source, isRow, contract);
      if (found !== undefined) {
        const { sluice_line: line, sluice_last_line: lastLine = line } = found;
        origin = { fileNo, name, path: source.path, line, lastLine, certain };
      }
    }
  }
  // The batches of a commit share its time.
  const chunk = chunks.find((own) => origin !== undefined && holds(own, origin)) ?? chunks[0];
  return { batch: chunk && { id: chunk.batchId, committedAt: chunk.committedAt }, files, origin };
}

function holds({ fileNo, firstLine, lastLine }: BatchChunk, { fileNo: file, line }: Origin): boolean {
  return fileNo === file && firstLine <= line && line <= lastLine;
}

async function beside(
  trace: KeyTrace,
  key: KeyValues,
  row: StoredRow | undefined,
  contract: Contract,
): Promise<Pick<Lineage, 'mentions' | 'corrections' | 'detailHidden'>> {
  try {
    // Where every record is a row, the key is a place, and no other record mentions it.
    const texts = contract.duplicates === 'keep' ? [] : Object.values(key).map((value) => [value]);
    const [mentions, corrections] = await Promise.all([
      texts.length === 0 ? [] : trace.mentions(texts),
      trace.corrections(row),
    ]);
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
  spans: readonly Pick<BatchChunk, 'name' | 'rules' | 'firstLine' | 'lastLine'>[],
  file: Awaited<ReturnType<LoadedSources['find']>>,
  isRow: (row: ParsedRow) => boolean,
  contract: Contract,
): Promise<ParsedRow | undefined> {
  await using source = await file?.open();
  const [span] = spans;
  const last = spans.at(-1)?.lastLine ?? 0;
  if (source === undefined || span === undefined) return undefined;
  for await (const chunk of readChunks(source, span, contract)) {
    if (chunk.firstLine > last) return undefined;
    const row = chunk.rows
      .parsed()
      .find(
        (one) =>
          isRow(one) &&
          spans.some(
            ({ firstLine, lastLine }) => one.sluice_line >= firstLine && one.sluice_line <= lastLine,
          ),
      );
    if (row !== undefined) return row;
  }
  return undefined;
}
