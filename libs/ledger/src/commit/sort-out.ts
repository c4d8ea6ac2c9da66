import {
  type Contract,
  cellAt,
  columnsOf,
  type FileNo,
  nullTextOf,
  parsedRow,
  unescaped,
} from '@sluice/core';
import { inOrder, type OfferedChunk } from './offer.ts';

/** What a commit adds to a file, as finish.sql takes it. */
interface Delta {
  readonly file_no: FileNo;
  candidates: number;
  duplicates: number;
  /** Duplicates whose key stood earlier in their chunk. */
  repeated: number;
  readonly conflicts: 0;
}

/** The rows of claimed chunks, sorted out by their keys. */
export interface SortedOut {
  /** Lines of COPY of the rows that are new, by their keys. */
  readonly fresh: readonly string[];
  readonly deltas: readonly Delta[];
  /** JSON of the other rows, and of the new ones that they repeat, as conflicts.sql takes them. */
  readonly duplicates: readonly string[];
  /** How many of the new rows have each value by which rows are counted. */
  readonly counts: readonly { readonly name: string; readonly count: number }[];
}

/**
 * Decides which rows are new: of the rows of one key the first, unless the table has the key. The chunks come in the order of their
 * files and lines. The new rows are sorted, so that two workers cannot deadlock.
 */
export function sortOut(
  chunks: readonly OfferedChunk[],
  known: ReadonlySet<string>,
  contract: Contract,
): SortedOut {
  const deltas = new Map<FileNo, Delta>();
  const duplicates: string[] = [];
  const lines: string[] = [];
  /** By their keys, which of all rows are the first. */
  const first = new Map<string, number>();
  const latest = new Map<string, OfferedChunk>();
  const repeated = new Set<number>();
  for (const chunk of chunks) {
    const from = lines.length;
    const delta = deltaOf(deltas, chunk.fileNo);
    delta.candidates += chunk.keys.length;
    for (const line of chunk.lines) lines.push(line);
    for (const [index, key] of chunk.keys.entries()) {
      const before = first.get(key);
      if (before === undefined && !known.has(key)) {
        first.set(key, from + index);
        continue;
      }
      delta.duplicates += 1;
      if (latest.get(key) === chunk || (before ?? -1) >= from) delta.repeated += 1;
      latest.set(key, chunk);
      duplicates.push(asJson(chunk, index, contract));
      if (before !== undefined) repeated.add(before);
    }
  }
  const fresh = inOrder(first.keys()).map((key) => lines[first.get(key) ?? -1] ?? '');
  return {
    fresh,
    deltas: [...deltas.values()],
    duplicates: [...duplicates, ...firstOf(repeated, chunks, contract)],
    counts: countsOf(fresh, contract),
  };
}

function deltaOf(deltas: Map<FileNo, Delta>, fileNo: FileNo): Delta {
  const delta = deltas.get(fileNo) ?? {
    file_no: fileNo,
    candidates: 0,
    duplicates: 0,
    repeated: 0,
    conflicts: 0,
  };
  deltas.set(fileNo, delta);
  return delta;
}

function asJson({ rows, texts, fileNo }: OfferedChunk, index: number, contract: Contract, more = {}): string {
  const place = rows.placeOf(index);
  const row = parsedRow(contract, texts[index] ?? '', place);
  return JSON.stringify({ ...row, sluice_file: fileNo, sluice_last_line: place[1], ...more });
}

/** The new rows that others repeat. */
function firstOf(
  wanted: ReadonlySet<number>,
  chunks: readonly OfferedChunk[],
  contract: Contract,
): readonly string[] {
  let from = 0;
  return chunks.flatMap((chunk) => {
    const [begin, end] = [from, from + chunk.lines.length];
    from = end;
    const own = wanted.size === 0 ? [] : [...wanted].filter((at) => at >= begin && at < end);
    return own.map((at) => asJson(chunk, at - begin, contract, { sluice_first: true }));
  });
}

function countsOf(fresh: readonly string[], contract: Contract): SortedOut['counts'] {
  if (contract.countBy === null) return [];
  const position = columnsOf(contract).indexOf(contract.countBy);
  const counts = new Map<string, number>();
  for (const line of fresh) {
    const cell = cellAt(line, position);
    counts.set(cell, (counts.get(cell) ?? 0) + 1);
  }
  counts.delete(nullTextOf(contract));
  return Array.from(counts, ([cell, count]) => ({ name: unescaped(cell), count }));
}
