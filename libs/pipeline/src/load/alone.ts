import type { ChunkRef } from '@sluice/core';
import { type Commit, commitBatch, PostgresFailure } from '@sluice/ledger';
import { type OpenBatch, refOf } from '@sluice/staging';
import type { Stores } from '../stores.ts';
import { misfitOf } from './aside.ts';
import { setPoisonAside } from './poison.ts';
import { findBlamed, namesOfChunks } from './set-aside.ts';

/** Drops staged chunks that nobody can commit. Their files are still open in the ledger, so they are parsed again (I4). */
export async function dropUnreadable(
  chunks: readonly ChunkRef[],
  why: string,
  { staging, log }: Pick<Stores, 'log' | 'staging'>,
): Promise<void> {
  if (chunks.length === 0) return;
  await staging.drop(chunks.map(refOf));
  const about = { chunks: chunks.length, which: namesOfChunks(chunks), why };
  log.warn(about, 'staged chunks cannot be committed: dropped, and their files are parsed again');
}

const NOTHING: Commit = {
  ...{ chunks: 0, records: 0, inserted: 0, duplicates: 0, conflicts: 0, rejects: 0 },
  closed: [],
};

/** What came of a batch that was committed alone. */
interface Done {
  readonly commit: Commit;
  /** References of the chunks that this commit carried. */
  readonly carried: readonly string[];
  readonly foreign: readonly ChunkRef[];
}

/** A ledger that has lost the contract has lost the files that were registered with it, too. */
export function withoutContract({ chunks }: OpenBatch, payloads: ReadonlyMap<string, string>): Done {
  const foreign = chunks.filter((chunk) => payloads.has(refOf(chunk)));
  return { commit: NOTHING, carried: [], foreign };
}

/**
 * Commits these payloads. If PostgreSQL refuses the batch, the parts that cause this are set aside, so that the rest need not
 * wait (I9): payloads that are not chunks, chunks of unknown files, and single rows, which become rejects.
 */
export async function commitOrSetAside(
  batch: OpenBatch,
  payloads: ReadonlyMap<string, string>,
  takenAt: Date | null,
  stores: Pick<Stores, 'log' | 'sql' | 'staging'>,
): Promise<Done> {
  const carried = [...payloads.keys()];
  try {
    const commit = await commitBatch(stores.sql, batch.id, [...payloads.values()], takenAt);
    return { commit, carried, foreign: [] };
  } catch (error) {
    if (!(error instanceof PostgresFailure) || !['data', 'fault'].includes(error.kind)) throw error;
    const { unreadable, foreign } = await findBlamed(batch.chunks, payloads, error, stores);
    await dropUnreadable(unreadable, 'what is staged is not what Sluice writes', stores);
    const blamed = new Set([...unreadable, ...foreign].map(refOf));
    if (blamed.size > 0) {
      const others = new Map([...payloads].filter(([ref]) => !blamed.has(ref)));
      const done = await commitOrSetAside(batch, others, takenAt, stores);
      return { ...done, foreign: [...foreign, ...done.foreign] };
    }
    if (error.kind !== 'data') throw error;
    // For example a NOT NULL column that nothing fills refuses every row. No row is to blame for that.
    if ((await misfitOf(stores.sql)) !== undefined)
      throw new PostgresFailure('fault', error.sqlstate, error.message);
    const withoutPoison = await setPoisonAside([...payloads.values()], stores);
    if (withoutPoison === undefined) throw error;
    stores.log.warn(
      { batch: batch.id, reason: error.message },
      'rows that PostgreSQL refuses became rejects',
    );
    return { commit: await commitBatch(stores.sql, batch.id, withoutPoison, takenAt), carried, foreign: [] };
  }
}
