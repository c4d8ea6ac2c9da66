import { randomUUID } from 'node:crypto';
import { describeChunks, type InsertJob, isAlive, type OpenBatch, replaceJob } from '@sluice/redis';
import type { Stores } from './stores.ts';

export interface Flush {
  readonly batches: number;
  readonly records: number;
  /** Open batches that had lost their job. */
  readonly revived: number;
}

/**
 * Aggregates staged chunks into micro-batches of at most BATCH_ROWS records, one insert job each. `all`, the tick, also takes
 * what does not fill a batch and gives a job to open batches that lost theirs; `full` leaves the rest to grow.
 * Flushes may overlap: taking a batch is one atomic move.
 */
export async function flush(mode: 'full' | 'all', stores: Stores): Promise<Flush> {
  let batches = 0;
  let records = 0;
  for (;;) {
    // A fresh UUID: a counter in Redis would repeat itself after a wipe, and a batch would pass for another.
    const batch = await stores.staging.takeBatch(randomUUID(), stores.config.batchRows, mode);
    if (batch === undefined) break;
    const job = insertJobOf(batch);
    await stores.queues.insert.add(nameOf(job), job, { jobId: batch.id });
    batches += 1;
    records += job.records;
  }
  const revived = mode === 'all' ? await revive(stores) : 0;
  return { batches, records, revived };
}

/** A crash between taking a batch and adding its job leaves it open without one. A failed job stays as it is. */
async function revive({ staging, queues }: Stores): Promise<number> {
  let revived = 0;
  for (const batch of await staging.openBatches()) {
    const state = await queues.insert.getJobState(batch.id);
    if (state === 'failed' || (await isAlive(queues.insert, batch.id))) continue;
    const job = insertJobOf(batch);
    await replaceJob(queues.insert, nameOf(job), job, batch.id);
    revived += 1;
  }
  return revived;
}

function insertJobOf(batch: OpenBatch): InsertJob {
  const records = batch.chunks.reduce((sum, chunk) => sum + chunk.records, 0);
  return { v: 1, batch: batch.id, records, chunks: describeChunks(batch.chunks) };
}

function nameOf({ records, chunks }: InsertJob): string {
  const files = new Set(chunks.map((chunk) => chunk.file_no)).size;
  return `${records} records of ${files} ${files === 1 ? 'file' : 'files'}`;
}
