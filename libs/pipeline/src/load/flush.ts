import { randomUUID } from 'node:crypto';
import type { ContractNo } from '@sluice/core';
import { counted, killPoint, took } from '@sluice/process';
import type { OpenBatch } from '@sluice/staging';
import type { Stores } from '../stores.ts';

export interface Flush {
  readonly batches: number;
  readonly records: number;
  /** Open batches that had lost their job. */
  readonly revived: number;
}

/**
 * Groups staged chunks into micro-batches of at most BATCH_ROWS records, with one insert job each. `full` takes only full
 * batches. `all`, the mode of the tick, also takes the rest, and queues open batches that lost their jobs. The contracts get one
 * batch each in turn, so that none waits behind a long list of another. Flushes may overlap, because taking a batch is one atomic
 * step.
 *
 * @param only the contracts whose chunks are taken; by default each contract that has some, and only then is it a tick's whole work
 */
export async function flush(
  mode: 'full' | 'all',
  stores: Pick<Stores, 'config' | 'staging' | 'queues'>,
  only?: readonly (ContractNo | null)[],
): Promise<Flush> {
  const { staging, queues, config } = stores;
  const began = performance.now();
  let batches = 0;
  let records = 0;
  // How many chunks of each contract are to be taken: those that wait now. Chunks that are staged meanwhile, a few between two
  // batches, wait for others to join them.
  let contracts = new Map<ContractNo | null, number>();
  for (const contract of only ?? (await staging.waitingContracts()))
    contracts.set(
      contract,
      mode === 'full' ? Number.POSITIVE_INFINITY : await staging.waitingChunks(contract),
    );
  while (contracts.size > 0) {
    const more: typeof contracts = new Map();
    for (const [contract, waiting] of contracts) {
      // A new UUID: a counter in Redis would repeat itself after a wipe, and two batches would have the same id.
      killPoint('flush:before-take');
      const taken = { id: randomUUID(), batchRows: config.batchRows, mode };
      const batch = await staging.takeBatch(contract, taken);
      if (batch === undefined) continue;
      killPoint('flush:taken');
      records += await queues.addInsert(batch);
      killPoint('flush:added');
      batches += 1;
      const left = waiting - batch.chunks.length;
      if (left > 0) more.set(contract, left);
    }
    contracts = more;
  }
  took('flush', began);
  counted('flush', { records });
  if (mode === 'full' || only !== undefined) return { batches, records, revived: 0 };
  const revived = await revive(stores);
  killPoint('flush:before-note');
  await stores.staging.noteFlush(Date.now());
  killPoint('flush:noted');
  return { batches, records, revived };
}

/** How many later flushes try a batch again that failed for a transient reason. */
const REVIVALS = 10;

/** The error of versions up to 0.1.0 for a payload of another form. This version sorts such chunks instead. */
const OF_ANOTHER_VERSION = /was staged by another version of Sluice/;

/** Queues open batches again, because a crash between taking a batch and adding its job leaves it without a job. */
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
  // A job that another program made unreadable counts as lost.
  const before = last?.outcome === 'read' ? last.value : undefined;
  if (before !== undefined && (!before.transient || before.revivals >= REVIVALS)) return false;
  killPoint('flush:before-revive');
  await queues.reviveInsert(batch, before === undefined ? 0 : before.revivals + 1, before?.leaveOut);
  killPoint('flush:revived');
  return true;
}
