import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import {
  ensureFlushScheduler,
  flushJob,
  giveBack,
  insertJob,
  parseJob,
  startWorker,
  type WorkerJob,
  type WorkerSettings,
} from '@sluice/redis';
import { commit } from './commit.ts';
import { flush } from './flush.ts';
import { parse } from './parse.ts';
import type { Stores } from './stores.ts';

/**
 * A worker process: one BullMQ worker for each of parse, flush and insert. Returns when `stopping` has fired and the work
 * in hand is finished or given back.
 */
export async function work(stores: Stores, stopping: AbortSignal): Promise<void> {
  const { config, redis, log } = stores;
  const settings: WorkerSettings = {
    redis,
    prefix: config.redisPrefix,
    concurrency: config.workerConcurrency,
    jobLock: config.jobLock,
    log,
  };
  const workers = [
    startWorker('parse', (job, token) => parseStage(job, token, stores, stopping), settings),
    startWorker('flush', (job) => flushStage(job, stores), { ...settings, concurrency: 1 }),
    startWorker('insert', (job) => insertStage(job, stores), settings),
  ];
  log.info({ concurrency: config.workerConcurrency }, 'working');
  await keepScheduler(stores, stopping);
  await Promise.all(workers.map((worker) => worker.close()));
}

async function parseStage(
  job: WorkerJob,
  token: string,
  stores: Stores,
  stopping: AbortSignal,
): Promise<object> {
  const outcome = await parse(parseJob.parse(job.data), new Date(job.timestamp), stores, stopping);
  if (outcome.outcome !== 'returned') return outcome;
  return await giveBack(job, token);
}

async function flushStage(job: WorkerJob, stores: Stores): Promise<object> {
  const outcome = await flush(flushJob.parse(job.data).mode, stores);
  if (outcome.batches > 0 || outcome.revived > 0) stores.log.info(outcome, 'flushed');
  return outcome;
}

async function insertStage(job: WorkerJob, stores: Stores): Promise<object> {
  try {
    return await commit(insertJob.parse(job.data), stores);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    await job.log(`${new Date().toISOString()} attempt ${job.attemptsMade + 1}: ${reason}`);
    throw error;
  }
}

/** Looks after the flush scheduler for as long as the worker lives: a wipe of Redis takes it away without a word. */
async function keepScheduler({ queues, config, log }: Stores, stopping: AbortSignal): Promise<void> {
  let had = false;
  const stopped = once(stopping, 'abort').then(() => false);
  while (!stopping.aborted) {
    // While Redis is away this waits for it, but a stop must not.
    const made = await Promise.race([ensureFlushScheduler(queues.flush, config.flushInterval), stopped]);
    if (made && had) log.warn('the flush scheduler was missing: made it anew');
    had = true;
    await delay(config.flushInterval / 2, undefined, { signal: stopping }).catch(() => undefined);
  }
}
