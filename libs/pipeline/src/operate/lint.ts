import { realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  bothStrayQuotes,
  type Contract,
  exceeds,
  type FileRules,
  filePattern,
  keyOf,
  type Quarantine,
  type Reject,
  recordsOf,
  type SourceOptions,
  type StrayQuotes,
  schemeOf,
} from '@sluice/core';
import { compressionOf, type OpenSource, SourceAway, sourceHolding, UnreadableFile } from '@sluice/source';
import { readChunks } from '../load/read-chunks.ts';
import { OperationRefused } from './operator.ts';
import { rejectedValue } from './reject-export.ts';

/** A record that would be a reject. `value`: the value of its column, if that is certain. */
export type LintReject = Reject & { readonly value: string };

/** What would happen to a file. */
export interface LintReport {
  readonly records: number;
  readonly rejects: number;
  /** Rejects by code. */
  readonly byReason: ReadonlyMap<string, number>;
  /** Records whose key appeared earlier in the same chunk. Only a load can find duplicates across chunks. */
  readonly duplicatesInChunk: number;
  /** How many columns of its header are ignored; null when no header was read. */
  readonly otherColumns: number | null;
  /** Why it could not be read, or not completely. */
  readonly quarantine: Quarantine | null;
  /** Records over many lines that look like several. */
  readonly strayQuotes: StrayQuotes | null;
  /** The last line that was read. */
  readonly lastLine: number;
  /** It has more rejects than REJECT_LIMIT allows, so the whole file would be quarantined. */
  readonly overLimit: boolean;
  /** Its last line has no line end, so it waits longer before it is read. */
  readonly unfinished: boolean;
  /** False when no pattern of the feed takes its name, so that the watcher would ignore it. */
  readonly looked: boolean;
}

/** How files are read, and the patterns of their names. */
interface LintedAs {
  readonly rules: FileRules;
  readonly contract: Contract;
  readonly files: readonly string[];
  /** How a place that is no folder is reached; by default as a folder is. */
  readonly sourceOptions?: SourceOptions;
}

/**
 * Reads a file as a load with this contract and these rules would, without loading it. It needs the memory of one chunk (I8).
 * Links are followed, because a person names the file here.
 *
 * @throws {OperationRefused} when there is no such file, or it may not be read
 */
export async function lint(
  path: string,
  { rules, contract, files, sourceOptions }: LintedAs,
  o: { readonly stopping: AbortSignal; onReject(reject: LintReject): Promise<void> | void },
): Promise<LintReport> {
  const name = basename(path);
  await using source = await opened(path, sourceOptions);
  const byReason = new Map<string, number>();
  const sum = { records: 0, rejects: 0, duplicatesInChunk: 0, lastLine: 0 };
  let [otherColumns, quarantine]: [number | null, Quarantine | null] = [null, null];
  let strayQuotes: StrayQuotes | null = null;
  for await (const chunk of readChunks(source, { name, rules }, contract)) {
    if (o.stopping.aborted)
      throw new OperationRefused(`${JSON.stringify(path)} was not read to its end`, 'repeat it');
    sum.records += recordsOf(chunk);
    sum.rejects += chunk.rejects.length;
    if (contract.duplicates === 'first')
      sum.duplicatesInChunk +=
        chunk.rows.count - new Set(chunk.rows.parsed().map((row) => keyOf(contract, row))).size;
    sum.lastLine = chunk.lastLine;
    otherColumns = chunk.header && chunk.header.width - contract.fields.length;
    quarantine = chunk.eof?.quarantine ?? null;
    strayQuotes = bothStrayQuotes(strayQuotes, chunk.strayQuotes);
    for (const reject of chunk.rejects) {
      byReason.set(reject.code, (byReason.get(reject.code) ?? 0) + 1);
      const { col: column, code: reason, raw } = reject;
      const value = rejectedValue({ column, reason, raw, rules, columns: chunk.header }, contract);
      await o.onReject({ ...reject, value });
    }
  }
  const unfinished = compressionOf(name) === null && !(await source.endsItsLine(rules.encoding));
  const overLimit = rules.rejectLimit !== null && exceeds(rules.rejectLimit, sum);
  const looked = filePattern(files).takes(name);
  return { ...sum, byReason, otherColumns, quarantine, strayQuotes, overLimit, unfinished, looked };
}

async function opened(path: string, options?: SourceOptions): Promise<OpenSource> {
  const refuse = (why: string): never => {
    throw new OperationRefused(`${JSON.stringify(path)} ${why}`, 'name a file that can be read');
  };
  try {
    const isFolder = schemeOf(path) === undefined;
    const { source, name } = sourceHolding(isFolder ? await realpath(path) : path, options);
    return (await source.open(name)) ?? refuse('is no file');
  } catch (error) {
    if (error instanceof UnreadableFile) return refuse(`cannot be read (${error.code})`);
    if (error instanceof SourceAway && schemeOf(path) !== undefined)
      throw new OperationRefused(`${JSON.stringify(path)} cannot be read: ${error.message}`, error.hint);
    if (error instanceof Error && 'code' in error) {
      return refuse(error.code === 'ENOENT' ? 'does not exist' : `cannot be read (${error.code})`);
    }
    throw error;
  }
}
