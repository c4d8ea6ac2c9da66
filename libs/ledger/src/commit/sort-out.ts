import { type Contract, type FileNo, nullTextOf, parsedRow, unescaped } from '@sluice/core';
import type { OfferedChunk } from './offer.ts';

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

interface Found {
  readonly chunk: OfferedChunk;
  readonly index: number;
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
  const first = new Map<string, Found>();
  const repeatedFirst = new Set<Found>();
  const duplicates: Found[] = [];
  const latest = new Map<string, OfferedChunk>();
  for (const chunk of chunks) {
    const delta = deltaOf(deltas, chunk.fileNo);
    delta.candidates += chunk.keys.length;
    for (const [index, key] of chunk.keys.entries()) {
      const found = { chunk, index };
      const before = first.get(key);
      if (before === undefined && !known.has(key)) {
        first.set(key, found);
        continue;
      }
      delta.duplicates += 1;
      if ((latest.get(key) ?? before?.chunk) === chunk) delta.repeated += 1;
      latest.set(key, chunk);
      duplicates.push(found);
      if (before !== undefined) repeatedFirst.add(before);
    }
  }
  const fresh = [...first.keys()].sort().flatMap((key) => first.get(key) ?? []);
  return {
    fresh: fresh.map(({ chunk, index }) => chunk.lines[index] ?? ''),
    deltas: [...deltas.values()],
    duplicates: [
      ...duplicates.map((found) => asJson(found, contract, {})),
      ...[...repeatedFirst].map((found) => asJson(found, contract, { sluice_first: true })),
    ],
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

function asJson({ chunk, index }: Found, contract: Contract, more: object): string {
  const [line, lastLine] = chunk.rows.placeOf(index);
  const row = parsedRow(contract, chunk.texts[index] ?? '', [line, lastLine]);
  return JSON.stringify({ ...row, sluice_file: chunk.fileNo, sluice_last_line: lastLine, ...more });
}

function countsOf(fresh: readonly Found[], contract: Contract): SortedOut['counts'] {
  if (contract.countBy === null) return [];
  const counts = new Map<string, number>();
  for (const { chunk, index } of fresh) {
    const cell = chunk.counted[index] ?? '';
    counts.set(cell, (counts.get(cell) ?? 0) + 1);
  }
  counts.delete(nullTextOf(contract));
  return Array.from(counts, ([cell, count]) => ({ name: unescaped(cell), count }));
}
