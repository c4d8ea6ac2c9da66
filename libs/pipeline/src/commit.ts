import { formOf } from '@sluice/core';
import { type Commit, type Counts, PostgresFailure } from '@sluice/postgres';
import { chunksOf, type InsertJob } from '@sluice/redis';
import { killPoint } from '@sluice/runtime';
import { setPoisonAside } from './poison.ts';
import { settle } from './settle.ts';
import type { Stores } from './stores.ts';

export interface CommittedBatch extends Counts {
  /** Chunks of the batch that were still staged, and those of them that this commit claimed. */
  readonly carried: number;
  readonly claimed: number;
}

/**
 * Commits one micro-batch and settles it. A payload that is missing was committed by another execution, or will be parsed
 * again; a chunk that is in the ledger inserts nothing (I3). So this may run twice, at once, and after any crash.
 *
 * @param takenAt when its chunks were taken from staging, for the ledger
 */
export async function commit(
  job: InsertJob,
  stores: Stores,
  takenAt: Date | null = null,
): Promise<CommittedBatch> {
  const { staging, log } = stores;
  const began = performance.now();
  const payloads = await staging.payloads({ id: job.batch, chunks: chunksOf(job) });
  if (![...payloads.values()].every((payload) => formOf(payload) === 'own')) {
    throw new Error(`batch ${job.batch} was staged by another version of Sluice: run workers of one version`);
  }
  killPoint('commit:loaded');
  const carried = [...payloads.keys()];
  const { closed, chunks, ...counts } = await commitOrSetAside(
    job.batch,
    [...payloads.values()],
    takenAt,
    stores,
  );
  killPoint('commit:committed');
  await settle(job.batch, carried, closed, stores);
  const ms = Math.round(performance.now() - began);
  log.info({ batch: job.batch, chunks, ...counts, ms }, 'committed');
  for (const { name, token: _, seconds, ...file } of closed)
    log.info({ file: name, ...file, seconds }, 'file complete');
  return { carried: carried.length, claimed: chunks, ...counts };
}

/** A batch that PostgreSQL refuses for its data is committed without the rows that it refuses, which become rejects. */
async function commitOrSetAside(
  batchId: string,
  payloads: readonly string[],
  takenAt: Date | null,
  stores: Stores,
): Promise<Commit> {
  try {
    return await stores.ledger.commit(batchId, payloads, takenAt);
  } catch (error) {
    if (!(error instanceof PostgresFailure) || error.kind !== 'data') throw error;
    const mended = await setPoisonAside(payloads, stores);
    if (mended === undefined) throw error;
    stores.log.warn({ batch: batchId, reason: error.message }, 'rows that PostgreSQL refuses became rejects');
    return await stores.ledger.commit(batchId, mended, takenAt);
  }
}
