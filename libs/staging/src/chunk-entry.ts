import { type ChunkRef, contractNo, feedOf, fileNo } from '@sluice/core';
import { z } from 'zod';
import { readJson } from './entry.ts';
import { refOf } from './keys.ts';

const count = z.number().int().nonnegative();

const chunkMeta = z
  .object({
    // A version without contracts noted none.
    contract_no: contractNo.nullable().default(null),
    file_no: fileNo,
    file: z.string(),
    first_line: count,
    last_line: count,
    records: count,
    bytes: count,
  })
  .transform(
    (meta): ChunkRef => ({
      contractNo: meta.contract_no,
      fileNo: meta.file_no,
      file: meta.file,
      firstLine: meta.first_line,
      lastLine: meta.last_line,
      records: meta.records,
    }),
  );

/** A reference, and the entry of its chunk. */
export type Pair = readonly [ref: string, meta: string];

/** References and entries, as Redis returns them. */
export function pairs(flat: readonly string[]): Pair[] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i] ?? '', flat[2 * i + 1] ?? '']);
}

/** The chunks whose entries can be read, and why the others cannot. */
export function sorted(noted: readonly Pair[]): {
  chunks: ChunkRef[];
  unreadable: [ref: string, why: string][];
} {
  const chunks: ChunkRef[] = [];
  const unreadable: [string, string][] = [];
  for (const [ref, meta] of noted) {
    const read = readJson(chunkMeta, meta);
    if (read.outcome === 'unreadable')
      unreadable.push([ref, meta === '' ? 'nothing is noted of it' : read.why]);
    else if (refOf(read.value) === ref) chunks.push(read.value);
    else unreadable.push([ref, 'what is noted is of another chunk']);
  }
  return { chunks, unreadable };
}

/** The entry of a chunk that is staged now. */
export function metaJson(chunk: ChunkRef, payload: string): string {
  return JSON.stringify({
    ...(chunk.contractNo !== null && { contract_no: chunk.contractNo }),
    feed: feedOf(chunk.file),
    file_no: chunk.fileNo,
    file: chunk.file,
    first_line: chunk.firstLine,
    last_line: chunk.lastLine,
    records: chunk.records,
    bytes: Buffer.byteLength(payload),
    staged_at: Date.now(),
  });
}
