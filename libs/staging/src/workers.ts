import { hideSecretsOf, type Logger } from '@sluice/process';
import { DelayedError, type Job, UnrecoverableError, WaitingError, type Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { QueueName } from './queues.ts';
import { TolerantWorker } from './tolerant-jobs.ts';

/** Crashes are counted in the ledger, where they can be told from bad luck; BullMQ would fail a job at its second. */
const STALLED_AT_MOST = 1_000_000;

/** A job as a worker is given it. */
export type WorkerJob = Job;

export interface WorkerSettings {
  readonly redis: Redis;
  readonly prefix: string;
  readonly concurrency: number;
  /** How long a job stays with a worker that does not renew its lock, in ms. */
  readonly jobLock: number;
  readonly log: Logger;
  /** Hears of errors that belong to no job, such as Redis refusing to hand one out. */
  onError(error: Error): void;
}

/** Starts one BullMQ worker. Errors of the connection are announced where it was made; those of jobs are logged here. */
export function startWorker(
  name: QueueName,
  work: (job: Job, token: string) => Promise<unknown>,
  settings: WorkerSettings,
): Worker {
  const { redis, prefix, concurrency, jobLock, log, onError } = settings;
  const told = (job: Job, token = '') =>
    // BullMQ keeps message and stack of the error beside the job, where others read them.
    work(job, token).catch((error: unknown) => {
      throw error instanceof Error ? hideSecretsOf(error) : error;
    });
  const worker = new TolerantWorker(name, told, {
    connection: redis,
    prefix,
    concurrency,
    lockDuration: jobLock,
    // A dead worker's lock runs out within jobLock; twice as often as that one looks, so 1.5 times jobLock is the most. Whole: Redis takes no parts of a millisecond.
    stalledInterval: Math.ceil(jobLock / 2),
    maxStalledCount: STALLED_AT_MOST,
    metrics: { maxDataPoints: 60 * 24 },
  });
  worker.on('error', (error) => {
    log.debug({ queue: name, reason: error.message }, 'queue error');
    onError(error);
  });
  worker.on('stalled', (jobId) =>
    log.warn({ queue: name, job: jobId }, 'took over a job whose worker went silent'),
  );
  worker.on('failed', (job, error) => {
    const final = job === undefined || job.finishedOn !== undefined;
    const about = { queue: name, job: job?.id, attempt: job?.attemptsMade, reason: error.message };
    if (final) log.error(about, 'job failed; it stays in the failed set');
    else log.warn(about, 'job failed; it will be tried again');
  });
  return worker;
}

/** Puts an active job back in front of its queue, without using up an attempt. Never returns. */
export async function giveBack(job: Job, token: string, reason: string): Promise<never> {
  await job.moveToWait(token);
  throw new WaitingError(`given back: ${reason}`);
}

/** Has an active job looked at again in `ms`, perhaps by another worker, without using up an attempt. Never returns. */
export async function lookAgain(job: Job, token: string, ms: number, reason: string): Promise<never> {
  await job.moveToDelayed(Date.now() + ms, token);
  throw new DelayedError(`looked at again later: ${reason}`);
}

/** Fails a job at once: to try it again as it is would change nothing. */
export class FailedForGood extends UnrecoverableError {}

/** What a stage's worker offers to whoever may have to keep it still. */
export type StageWorker = Pick<Worker, 'pause' | 'resume'>;

/** Redis answers, but takes no writes: its disk or its memory is full. */
export function isRefusedWrite(error: unknown): error is Error {
  return error instanceof Error && /^(MISCONF|OOM) /.test(error.message);
}

/** Probes whether Redis takes writes. */
export async function canWrite(redis: Redis, prefix: string): Promise<boolean> {
  return (await redis.set(`${prefix}:probe`, '1', 'EX', 60)) === 'OK';
}
