import { randomUUID } from 'node:crypto';
import { killPoint } from '@sluice/process';
import type { OpenBatch } from '@sluice/staging';
import type { Stores } from '../stores.ts';

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
export async function flush(
  mode: 'full' | 'all',
  stores: Pick<Stores, 'config' | 'staging' | 'queues'>,
): Promise<Flush> {
  let batches = 0;
  let records = 0;
  for (;;) {
    // A fresh UUID: a counter in Redis would repeat itself after a wipe, and a batch would pass for another.
    killPoint('flush:before-take');
    const batch = await stores.staging.takeBatch(randomUUID(), stores.config.batchRows, mode);
    if (batch === undefined) break;
    killPoint('flush:taken');
    records += await stores.queues.addInsert(batch);
    killPoint('flush:added');
    batches += 1;
  }
  if (mode === 'full') return { batches, records, revived: 0 };
  const revived = await revive(stores);
  killPoint('flush:before-note');
  await stores.staging.noteFlush(Date.now());
  killPoint('flush:noted');
  return { batches, records, revived };
}

/** A batch that failed for a cause that passes is tried again by so many later flushes at most. */
const REVIVALS = 10;

/** What versions until 0.1.0 failed of when they met a payload of another form. This one sorts its chunks instead. */
const OF_ANOTHER_VERSION = /was staged by another version of Sluice/;

/** A crash between taking a batch and adding its job leaves it open without one. */
async function revive(stores: Pick<Stores, 'staging' | 'queues'>): Promise<number> {
  let revived = 0;
  for (const batch of await stores.staging.openBatches()) revived += (await reviveOne(batch, stores)) ? 1 : 0;
  return revived;
}

async function reviveOne(batch: OpenBatch, { queues }: Pick<Stores, 'queues'>): Promise<boolean> {
  if (await queues.isAlive('insert', batch.id)) return false;
  const failed = await queues.job('insert', batch.id);
  const last =
    failed?.endedAt == null || failed.reason === null || OF_ANOTHER_VERSION.test(failed.reason)
      ? undefined
      : failed.content;
  if (last?.outcome === 'newer') return false;
  // What somebody else made unreadable is as good as lost.
  const before = last?.outcome === 'read' ? last.value : undefined;
  if (before !== undefined && (!before.transient || before.revivals >= REVIVALS)) return false;
  killPoint('flush:before-revive');
  await queues.reviveInsert(batch, before === undefined ? 0 : before.revivals + 1);
  killPoint('flush:revived');
  return true;
}
