import { hideSecretsOf } from '@sluice/process';
import { DelayedError, type Job, UnrecoverableError, WaitingError } from 'bullmq';
import { type JobData, type QueueName, readJob, writeJob } from './jobs.ts';
import type { Raw } from './raw.ts';
import { TolerantWorker } from './tolerant-jobs.ts';
import { traced } from './traced.ts';

/** The ledger counts crashes and can tell their cause from bad luck. BullMQ would fail a job at its second crash. */
const STALLED_AT_MOST = 1_000_000;

/**
 * For how long an idle worker waits for a job before it looks again, in seconds. A new job wakes it at once. A second later it takes a
 * connection that does not answer for dead.
 */
const WAIT_S = 10;

/** A job as a worker gets it. */
export interface TakenJob<Q extends QueueName> {
  readonly data: JobData[Q];
  readonly addedAt: Date;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** No worker has had it before: it was not put off, given back, or taken over from a worker that went silent. */
  readonly isFirstTry: boolean;
  /** Adds a line to the job's log. */
  note(line: string): Promise<void>;
  /** Changes the content of the job, for the next attempt and for people who look at it. */
  rewrite(data: JobData[Q]): Promise<void>;
}

/**
 * The result of a job. `returned`: it goes back to the front of its queue. `later`: it is tried again after `ms`, perhaps by
 * another worker. `newer`: like `later`, because only a worker of a newer version can do it. These three use up no attempt.
 * `failed`: it fails for good, because another try would change nothing. A thrown error uses up an attempt.
 */
export type Handled =
  | { readonly outcome: 'done'; readonly result: object }
  | { readonly outcome: 'returned'; readonly why: string }
  | { readonly outcome: 'later'; readonly ms: number; readonly why: string }
  | { readonly outcome: 'newer'; readonly what: string }
  | { readonly outcome: 'failed'; readonly why: string };

export interface WorkerSettings {
  readonly concurrency: number;
  /** How long a job stays with a worker that does not renew its lock, in ms. */
  readonly jobLock: number;
  /** After how many ms a job of a newer version is looked at again. Perhaps no worker of that version is running. */
  readonly newerAfter: number;
  /** Is called with errors that belong to no job, such as Redis refusing to hand one out. */
  onError(error: Error): void;
}

/** The worker of a stage, for code that may have to pause it. */
export type StageWorker = ReturnType<typeof startWorker>;

/** Starts one BullMQ worker. Connection errors are logged where the connection is made; errors of jobs are logged here. */
export function startWorker<Q extends QueueName>(
  queue: Q,
  handle: (job: TakenJob<Q>) => Promise<Handled>,
  { concurrency, jobLock, newerAfter, onError }: WorkerSettings,
  { redis, prefix, log }: Raw,
) {
  const work = async (job: Job, token = ''): Promise<object> => {
    const handled = await read(job);
    switch (handled.outcome) {
      case 'done':
        return handled.result;
      case 'returned':
        await job.moveToWait(token);
        throw new WaitingError(`given back: ${handled.why}`);
      case 'newer':
        log[job.attemptsStarted <= 1 ? 'warn' : 'debug'](
          { queue, job: job.id, what: handled.what },
          'made by a newer version of Sluice: left to a worker of that version',
        );
        return await lookAgain(job, token, newerAfter, 'a newer version made it');
      case 'later':
        return await lookAgain(job, token, handled.ms, handled.why);
      case 'failed':
        throw new UnrecoverableError(handled.why);
    }
  };
  const read = async (job: Job): Promise<Handled> => {
    const content = readJob(queue, job);
    if (content.outcome === 'newer') return { outcome: 'newer', what: 'its job' };
    if (content.outcome === 'unreadable')
      return { outcome: 'failed', why: `this is no job of Sluice (${content.why}): "recover" removes it` };
    return await handle({
      data: content.value,
      addedAt: new Date(job.timestamp),
      attempt: job.attemptsMade + 1,
      isFirstTry: job.attemptsStarted === 1,
      note: async (line) => void (await job.log(line)),
      rewrite: async (data) => await job.updateData(writeJob(data)),
    });
  };
  const told = (job: Job, token?: string) =>
    // BullMQ stores the error's message and stack with the job, where people can read them.
    work(job, token).catch((error: unknown) => {
      throw error instanceof Error ? hideSecretsOf(error) : error;
    });
  const worker = new TolerantWorker(queue, told, {
    connection: redis,
    prefix,
    concurrency,
    lockDuration: jobLock,
    drainDelay: WAIT_S,
    // A dead worker's lock runs out within jobLock. BullMQ looks for such jobs twice per jobLock, so one is taken over after at
    // most 1.5 times jobLock. Rounded up, because Redis takes no fractions of a millisecond.
    stalledInterval: Math.ceil(jobLock / 2),
    maxStalledCount: STALLED_AT_MOST,
    metrics: { maxDataPoints: 60 * 24 },
    ...traced(),
  });
  worker.on('error', (error) => {
    log.debug({ queue, reason: error.message }, 'queue error');
    onError(error);
  });
  worker.on('stalled', (jobId) =>
    log.warn({ queue, job: jobId }, 'took over a job whose worker went silent'),
  );
  worker.on('failed', (job, error) => {
    const final = job === undefined || job.finishedOn !== undefined;
    const about = { queue, job: job?.id, attempt: job?.attemptsMade, reason: error.message };
    if (final) log.error(about, 'job failed; it stays in the failed set: npm run sluice -- failures');
    else log.warn(about, 'job failed; it will be tried again');
  });
  return {
    /** Takes no more jobs. Does not wait for those in progress. */
    pause: () => worker.pause(true),
    resume: () => worker.resume(),
    /** Resolves when the jobs in progress are done. */
    close: () => worker.close(),
  };
}

async function lookAgain(job: Job, token: string, ms: number, why: string): Promise<never> {
  await job.moveToDelayed(Date.now() + ms, token);
  throw new DelayedError(`looked at again later: ${why}`);
}

/** Redis answers, but takes no writes: its disk or its memory is full. */
export function isRefusedWrite(error: unknown): error is Error {
  return error instanceof Error && /^(MISCONF|OOM) /.test(error.message);
}

/** Redis answers, but does not let this user in: its password was changed, and the file that this process has it from was not yet. */
export function isRefusedUser(error: unknown): error is Error {
  return error instanceof Error && /^(WRONGPASS|NOAUTH) /.test(error.message);
}
