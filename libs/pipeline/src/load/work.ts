import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '@sluice/process';
import type { Handled, StageWorker, TakenJob } from '@sluice/staging';
import { Heartbeat } from '../observe/heartbeat.ts';
import type { Stores } from '../stores.ts';
import { lookAtTables } from './aside.ts';
import { flush } from './flush.ts';
import { INSERT_JOBS, InsertStage } from './insert-stage.ts';
import { OutageGate } from './outage.ts';
import { ParseStage } from './parse-stage.ts';
import { retain, shortestRetention } from './retention.ts';
import { Sight } from './sight.ts';

/** How long a stop waits for the work in progress. Other workers take over the rest when its job locks run out. */
const CLOSE_WITHIN_MS = 20_000;

/**
 * A worker process: one BullMQ worker for each of parse, flush and insert. Returns when `stopping` has fired and the work in
 * progress is finished or given back.
 */
export async function work(stores: Stores, stopping: AbortSignal): Promise<void> {
  const { config, queues, log } = stores;
  const gate = new OutageGate(stores, stopping);
  await lookAtTables(stores);
  const settings = {
    concurrency: config.workerConcurrency,
    jobLock: config.jobLock,
    newerAfter: config.flushInterval,
    onError: (error: Error) => gate.notice(error),
  };
  const parses: StageWorker = queues.work('parse', (job) => gate.run(() => stage.run(job)), settings);
  const flushes = queues.work('flush', (job) => flushStage(job, stores), { ...settings, concurrency: 1 });
  const insertStage = new InsertStage(stores, config.workerConcurrency);
  const inserts = queues.work('insert', (job) => gate.run(() => insertStage.run(job)), {
    ...settings,
    concurrency: INSERT_JOBS,
  });
  gate.guard([parses, inserts]);
  const sight = new Sight(stores, {
    parses,
    mayGoOn: () => !gate.closed,
    onChange: () => beat.now(),
    stopping,
  });
  const stage = new ParseStage(stores, sight, stopping);
  const load = { concurrency: config.workerConcurrency + INSERT_JOBS, busy: () => gate.busy };
  const beat = new Heartbeat('worker', { ...load, more: () => ({ notVisible: sight.notVisible }) }, stores);
  const beating = beat.run(stopping);
  log.info({ concurrency: config.workerConcurrency }, 'working');
  await keepScheduler(stores, stopping);
  await beating;
  const closed = Promise.all([parses, flushes, inserts].map((worker) => worker.close()));
  await Promise.race([closed, delay(CLOSE_WITHIN_MS, undefined, { ref: false })]);
}

async function flushStage({ data }: TakenJob<'flush'>, stores: Stores): Promise<Handled> {
  if (data.mode === 'retention') return await retentionStage(stores);
  const only = data.idle && (await stores.staging.idle()).contracts;
  const result = await flush(data.mode, stores, only);
  if (data.mode === 'all' && only === undefined) await lookAtTables(stores);
  if (result.batches > 0) stores.log.info(result, 'flushed');
  if (result.revived > 0)
    stores.log.warn(
      { batches: result.revived },
      'open batches had no job, or one that failed for a cause that passes: queued them again',
    );
  return { outcome: 'done', result };
}

async function retentionStage(
  stores: Pick<Stores, 'config' | 'log' | 'feeds' | 'sql' | 'ticks'>,
): Promise<Handled> {
  const result = await retain(stores);
  if (result.more) await stores.ticks.continueRetention();
  return { outcome: 'done', result };
}

/** Keeps the flush scheduler alive while the worker runs, because a wipe of Redis removes it silently, and knows the feeds. */
async function keepScheduler(
  stores: Pick<Stores, 'config' | 'log' | 'feeds' | 'ticks'>,
  stopping: AbortSignal,
): Promise<void> {
  const { ticks, feeds, config, log } = stores;
  const stopped = once(stopping, 'abort').then(() => false);
  for (let had = false; !stopping.aborted; had = true) {
    // While Redis is away, this waits for it, but a stop must not wait.
    const made = await Promise.race([ensureScheduler(), stopped]);
    if (made && had)
      log.warn('the flush scheduler was missing, or waited by a clock that was set back: made it again');
    await delay(config.flushInterval / 2, undefined, { signal: stopping }).catch(() => undefined);
  }

  async function ensureScheduler(): Promise<boolean> {
    try {
      // A feed's YAML may have changed here, or its source in the ledger.
      await feeds.refresh();
      await ticks.ensureRetention(shortestRetention(stores));
      return await ticks.ensureFlush(config.flushInterval);
    } catch (error) {
      log.debug({ reason: messageOf(error) }, 'cannot look at the scheduler now');
      return false;
    }
  }
}
