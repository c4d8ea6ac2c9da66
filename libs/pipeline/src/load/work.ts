import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { PostgresFailure } from '@sluice/ledger';
import { messageOf } from '@sluice/process';
import type { Handled, StageWorker, TakenJob } from '@sluice/staging';
import { Heartbeat } from '../observe/heartbeat.ts';
import type { Stores } from '../stores.ts';
import { asideBecauseOf, lookAtTables } from './aside.ts';
import { type CommittedBatch, commit } from './commit.ts';
import { flush } from './flush.ts';
import { OutageGate } from './outage.ts';
import { ParseStage } from './parse-stage.ts';
import { retain, shortestRetention } from './retention.ts';
import { namesOfChunks } from './set-aside.ts';
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
  const inserts = queues.work('insert', (job) => gate.run(() => insertStage(job, stores)), settings);
  gate.guard([parses, inserts]);
  const sight = new Sight(stores, {
    parses,
    mayGoOn: () => !gate.closed,
    onChange: () => beat.now(),
    stopping,
  });
  const stage = new ParseStage(stores, sight, stopping);
  const load = { concurrency: 2 * config.workerConcurrency, busy: () => gate.busy };
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

/** The job's log shows the attempts of a failed batch; the job's data say whether a later flush may queue it again. */
async function insertStage(
  job: TakenJob<'insert'>,
  stores: Pick<Stores, 'log' | 'feeds' | 'sql' | 'staging' | 'queues'>,
): Promise<Handled> {
  const committed = await commitNoted(job, stores);
  if ('aside' in committed) return { outcome: 'done', result: { outcome: 'aside', why: committed.aside } };
  const { newer, foreign, ...result } = committed;
  if (newer.length > 0) return { outcome: 'newer', what: namesOfChunks(newer) };
  if (foreign.length === 0) return { outcome: 'done', result };
  // The job keeps only the rest of the batch, so that people can read it where the failed job is shown.
  const records = foreign.reduce((sum, chunk) => sum + chunk.records, 0);
  await job.rewrite({ ...job.data, records, chunks: foreign });
  const why =
    `the ledger does not know the files of ${foreign.length} chunks: ${namesOfChunks(foreign)}. ` +
    'The rest of the batch is committed. "recover" drops them; a file that lies in the folder is loaded again';
  return { outcome: 'failed', why };
}

async function commitNoted(
  job: TakenJob<'insert'>,
  stores: Pick<Stores, 'log' | 'feeds' | 'sql' | 'staging' | 'queues'>,
): Promise<CommittedBatch | { readonly aside: string }> {
  try {
    // A flush adds the job when it takes the chunks, so the job's time is the time they were taken.
    return await commit(job.data, stores, job.addedAt);
  } catch (error) {
    const failure = error instanceof PostgresFailure ? error.kind : 'fault';
    const reason = messageOf(error);
    if (failure === 'outage') throw error;
    const aside = failure === 'fault' ? await asideBecauseOf(job.data, stores) : undefined;
    if (aside !== undefined) return { aside };
    await job.note(`${new Date().toISOString()} attempt ${job.attempt}: ${reason}`);
    const transient = failure === 'transient' || failure === 'conflict';
    if (job.data.transient !== transient) await job.rewrite({ ...job.data, transient });
    throw error;
  }
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
