import type { ChunkRef } from '@sluice/core';
import { foreignAmong, formOf, isStagedChunk, type PostgresFailure } from '@sluice/ledger';
import { refOf } from '@sluice/staging';
import type { Stores } from '../stores.ts';

/** The payloads of a batch, by what can be done with them. */
export interface ByForm {
  /** Payloads of the form that this program commits, by reference. */
  readonly own: Map<string, string>;
  readonly older: readonly ChunkRef[];
  readonly newer: readonly ChunkRef[];
}

/** Sorts the payloads of these chunks by their form. */
export function byForm(chunks: readonly ChunkRef[], payloads: ReadonlyMap<string, string>): ByForm {
  const sorted = { own: new Map<string, string>(), older: [] as ChunkRef[], newer: [] as ChunkRef[] };
  for (const chunk of chunks) {
    const payload = payloads.get(refOf(chunk));
    if (payload === undefined) continue;
    const form = formOf(payload);
    if (form === 'own') sorted.own.set(refOf(chunk), payload);
    else sorted[form].push(chunk);
  }
  return sorted;
}

/** Chunks that PostgreSQL would refuse in any batch, whatever their rows. */
export interface Blamed {
  /** Chunks whose payload only begins like one: another program wrote it. */
  readonly unreadable: readonly ChunkRef[];
  /** Chunks of files that the ledger does not know. */
  readonly foreign: readonly ChunkRef[];
}

/** The commit statement raises this when the ledger does not know the file of a chunk. */
const UNKNOWN_FILE = 'SL001';

/** Looks for the chunks that PostgreSQL would refuse in any batch. */
export async function findBlamed(
  chunks: readonly ChunkRef[],
  payloads: ReadonlyMap<string, string>,
  failure: PostgresFailure,
  { sql }: Pick<Stores, 'sql'>,
): Promise<Blamed> {
  const carried = chunks.filter((chunk) => payloads.has(refOf(chunk)));
  const unreadable = carried.filter(
    (chunk) => !isStagedChunk(payloads.get(refOf(chunk)) ?? '', chunk, sql.contract),
  );
  if (failure.sqlstate !== UNKNOWN_FILE) return { unreadable, foreign: [] };
  const readable = carried.filter((chunk) => !unreadable.includes(chunk));
  const unknown = await foreignAmong(sql, readable);
  return { unreadable, foreign: readable.filter(({ fileNo }) => unknown.has(fileNo)) };
}

const NAMED = 3;

/** Names chunks for people: file and lines. */
export function namesOfChunks(chunks: readonly ChunkRef[]): string {
  const names = chunks
    .slice(0, NAMED)
    .map(({ file, firstLine, lastLine }) => `${JSON.stringify(file)} lines ${firstLine}-${lastLine}`);
  return chunks.length > NAMED ? `${names.join(', ')} and ${chunks.length - NAMED} more` : names.join(', ');
}
