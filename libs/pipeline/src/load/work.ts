import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { PostgresFailure } from '@sluice/ledger';
import { messageOf } from '@sluice/process';
import {
  continueRetention,
  describeChunks,
  ensureFlushScheduler,
  ensureRetentionScheduler,
  FailedForGood,
  giveBack,
  type InsertJob,
  type JobData,
  lookAgain,
  type QueueName,
  RETENTION_JOB,
  readJob,
  startWorker,
  type WorkerJob,
  type WorkerSettings,
} from '@sluice/staging';
import { Heartbeat } from '../observe/heartbeat.ts';
import type { Stores } from '../stores.ts';
import { type CommittedBatch, commit } from './commit.ts';
import { flush } from './flush.ts';
import { OutageGate } from './outage.ts';
import { parse } from './parse.ts';
import { retain } from './retention.ts';
import { namesOfChunks } from './set-aside.ts';
import { Sight, UNSEEN_MS } from './sight.ts';

/** A stop waits so long for the work in hand; what is not done by then is left to the job locks. */
const CLOSE_WITHIN_MS = 20_000;

/**
 * A worker process: one BullMQ worker for each of parse, flush and insert. Returns when `stopping` has fired and the
 * work in hand is finished or given back.
 */
export async function work(stores: Stores, stopping: AbortSignal): Promise<void> {
  const { config, redis, log } = stores;
  const gate = new OutageGate(stores, stopping);
  const settings: WorkerSettings = {
    redis,
    prefix: config.redisPrefix,
    concurrency: config.workerConcurrency,
    jobLock: config.jobLock,
    log,
    onError: (error) => gate.notice(error),
  };
  const parses = startWorker(
    'parse',
    (job, token) => gate.run(job, token, () => parseStage(job, token, stores, sight, stopping)),
    settings,
  );
  const flushes = startWorker('flush', (job, token) => flushStage(job, token, stores), {
    ...settings,
    concurrency: 1,
  });
  const inserts = startWorker(
    'insert',
    (job, token) => gate.run(job, token, () => insertStage(job, token, stores)),
    settings,
  );
  gate.guard([parses, inserts]);
  const sight = new Sight(stores, {
    parses,
    mayGoOn: () => !gate.closed,
    onChange: () => beat.now(),
    stopping,
  });
  const load = { concurrency: 2 * config.workerConcurrency, busy: () => gate.busy };
  const beat = new Heartbeat('worker', { ...load, more: () => ({ notVisible: sight.notVisible }) }, stores);
  const beating = beat.run(stopping);
  log.info({ concurrency: config.workerConcurrency }, 'working');
  await keepScheduler(stores, stopping);
  await beating;
  const closed = Promise.all([parses, flushes, inserts].map((worker) => worker.close()));
  await Promise.race([closed, delay(CLOSE_WITHIN_MS, undefined, { ref: false })]);
}

async function parseStage(
  job: WorkerJob,
  token: string,
  stores: Stores,
  sight: Sight,
  stopping: AbortSignal,
): Promise<object> {
  const data = await readOrSetAside('parse', job, token, stores);
  const outcome = await parse(data, new Date(job.timestamp), stores, stopping);
  if (outcome.outcome === 'newer') return await waitForNewer(job, token, 'its reading', stores);
  if (outcome.outcome === 'returned') return await giveBack(job, token, 'this worker stops');
  if (outcome.outcome === 'unseen') {
    await sight.missed(outcome.file);
    return await lookAgain(job, token, UNSEEN_MS, 'this worker does not see the file');
  }
  if (outcome.outcome === 'parsed') await sight.saw();
  return outcome;
}

async function flushStage(job: WorkerJob, token: string, stores: Stores): Promise<object> {
  if (job.name === RETENTION_JOB) return await retentionStage(stores);
  const outcome = await flush((await readOrSetAside('flush', job, token, stores)).mode, stores);
  if (outcome.batches > 0) stores.log.info(outcome, 'flushed');
  if (outcome.revived > 0)
    stores.log.warn(
      { batches: outcome.revived },
      'open batches had no job, or one that failed for a cause that passes: queued them again',
    );
  return outcome;
}

async function retentionStage(stores: Stores): Promise<object> {
  const outcome = await retain(stores);
  if (outcome.more) await continueRetention(stores.queues.flush);
  return outcome;
}

/** The attempts of a failed batch can be read in its job's log; its data tell whether a later flush may revive it. */
async function insertStage(job: WorkerJob, token: string, stores: Stores): Promise<object> {
  const data = await readOrSetAside('insert', job, token, stores);
  const { newer, foreign, ...committed } = await commitNoted(job, data, stores);
  if (newer.length > 0) return await waitForNewer(job, token, namesOfChunks(newer), stores);
  if (foreign.length === 0) return committed;
  // What is left of the batch, so that it can be read where the failed job is shown.
  const records = foreign.reduce((sum, chunk) => sum + chunk.records, 0);
  await job.updateData({ ...data, records, chunks: describeChunks(foreign) });
  throw new FailedForGood(
    `the ledger does not know the files of ${foreign.length} chunks: ${namesOfChunks(foreign)}. ` +
      'The rest of the batch is committed. "recover" drops them; a file that lies in the folder is loaded again',
  );
}

async function commitNoted(job: WorkerJob, data: InsertJob, stores: Stores): Promise<CommittedBatch> {
  try {
    // A flush adds the job when it takes the chunks.
    return await commit(data, stores, new Date(job.timestamp));
  } catch (error) {
    const failure = error instanceof PostgresFailure ? error.kind : 'fault';
    const reason = messageOf(error);
    if (failure === 'outage') throw error;
    await job.log(`${new Date().toISOString()} attempt ${job.attemptsMade + 1}: ${reason}`);
    const transient = failure === 'transient' || failure === 'conflict';
    if (data.transient !== transient) await job.updateData({ ...data, transient });
    throw error;
  }
}

/** The data of a job. One that a newer version added waits for it; one that is not Sluice's fails, and says so. */
async function readOrSetAside<Q extends QueueName>(
  queue: Q,
  job: WorkerJob,
  token: string,
  stores: Stores,
): Promise<JobData[Q]> {
  const read = readJob(queue, job.data);
  if (read.outcome === 'read') return read.value;
  if (read.outcome === 'newer') return await waitForNewer(job, token, 'its job', stores);
  throw new FailedForGood(`this is no job of Sluice (${read.why}): "recover" removes it`);
}

/** Leaves a job to a worker of a newer version: none runs yet, or not any more. Never returns. */
async function waitForNewer(
  job: WorkerJob,
  token: string,
  what: string,
  { config, log }: Stores,
): Promise<never> {
  const first = job.attemptsStarted <= 1;
  const about = { queue: job.queueName, job: job.id, what };
  log[first ? 'warn' : 'debug'](about, 'made by a newer version of Sluice: left to a worker of that version');
  return await lookAgain(job, token, config.flushInterval, 'a newer version made it');
}

/** Looks after the flush scheduler for as long as the worker lives: a wipe of Redis takes it away without a word. */
async function keepScheduler({ queues, config, log }: Stores, stopping: AbortSignal): Promise<void> {
  const stopped = once(stopping, 'abort').then(() => false);
  for (let had = false; !stopping.aborted; had = true) {
    // While Redis is away this waits for it, but a stop must not.
    const made = await Promise.race([ensureScheduler(), stopped]);
    if (made && had)
      log.warn('the flush scheduler was missing, or waited by a clock that was set back: made it anew');
    await delay(config.flushInterval / 2, undefined, { signal: stopping }).catch(() => undefined);
  }

  async function ensureScheduler(): Promise<boolean> {
    try {
      await ensureRetentionScheduler(queues.flush, config.retention);
      return await ensureFlushScheduler(queues.flush, config.flushInterval);
    } catch (error) {
      log.debug({ reason: messageOf(error) }, 'cannot look at the scheduler now');
      return false;
    }
  }
}
