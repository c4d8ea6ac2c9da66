import type { ChunkRef } from '@sluice/core';
import { type Commit, type Counts, commitBatch, PostgresFailure } from '@sluice/ledger';
import { killPoint } from '@sluice/process';
import { type OpenBatch, refOf } from '@sluice/staging';
import type { Stores } from '../stores.ts';
import { misfitOf } from './aside.ts';
import { withContract } from './contract.ts';
import { setPoisonAside } from './poison.ts';
import { byForm, findBlamed, namesOfChunks } from './set-aside.ts';
import { settle } from './settle.ts';

export interface CommittedBatch extends Counts {
  /** How many chunks of the batch were still staged, and how many of them this commit claimed. */
  readonly carried: number;
  readonly claimed: number;
  /** Chunks that only a newer version of this program can commit. */
  readonly newer: readonly ChunkRef[];
  /** Chunks of files that the ledger does not know. They stay staged. */
  readonly foreign: readonly ChunkRef[];
}

/**
 * Commits one micro-batch and settles it. A missing payload was committed by another execution, or will be parsed again. A chunk
 * that is already in the ledger inserts nothing (I3). So this may run twice, concurrently, and after any crash.
 *
 * @param takenAt when its chunks were taken from staging, for the ledger
 */
export async function commit(
  batch: OpenBatch,
  stores: Pick<Stores, 'log' | 'feeds' | 'sql' | 'staging'>,
  takenAt: Date | null = null,
): Promise<CommittedBatch> {
  const { staging, log } = stores;
  const began = performance.now();
  const { own, older, newer } = byForm(batch.chunks, await staging.payloads(batch));
  await dropUnreadable(older, 'staged by an older version', stores);
  killPoint('commit:loaded');
  const session = await withContract(stores.sql, batch.contractNo);
  const done =
    session === undefined
      ? withoutContract(batch, own)
      : await commitOrSetAside(batch, own, takenAt, { ...stores, sql: session });
  const { closed, chunks, ...counts } = done.commit;
  killPoint('commit:committed');
  if (newer.length + done.foreign.length > 0) await staging.noteNewer(batch.id, newer.length);
  await settle(batch.id, done.carried, closed, stores);
  const ms = Math.round(performance.now() - began);
  log.info({ batch: batch.id, chunks, ...counts, ms }, 'committed');
  for (const { name, token: _, seconds, strayQuotes, ...file } of closed) {
    log.info({ file: name, ...file, seconds }, 'file complete');
    if (strayQuotes !== null) log.warn({ file: name, ...strayQuotes }, 'lines that a quote takes along');
  }
  return { carried: done.carried.length, claimed: chunks, ...counts, newer, foreign: done.foreign };
}

/** Drops staged chunks that nobody can commit. Their files are still open in the ledger, so they are parsed again (I4). */
async function dropUnreadable(
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

interface Done {
  readonly commit: Commit;
  /** References of the chunks that this commit carried. */
  readonly carried: readonly string[];
  readonly foreign: readonly ChunkRef[];
}

/** A ledger that has lost the contract has lost the files that were registered with it, too. */
function withoutContract({ chunks }: OpenBatch, payloads: ReadonlyMap<string, string>): Done {
  const foreign = chunks.filter((chunk) => payloads.has(refOf(chunk)));
  return { commit: NOTHING, carried: [], foreign };
}

/**
 * Commits these payloads. If PostgreSQL refuses the batch, the parts that cause this are set aside, so that the rest need not
 * wait (I9): payloads that are not chunks, chunks of unknown files, and single rows, which become rejects.
 */
async function commitOrSetAside(
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
