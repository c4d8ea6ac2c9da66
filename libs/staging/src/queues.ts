import { type FileNo, parseJobId, sizeOf } from '@sluice/core';
import { killPoint, tracing } from '@sluice/process';
import type { Job } from 'bullmq';
import { z } from 'zod';
import {
  type JobData,
  type LeftOut,
  type OpenBatch,
  type ParseJob,
  QUEUE_NAMES,
  type QueueName,
  readJob,
  writeJob,
} from './jobs.ts';
import type { BullQueues, Raw } from './raw.ts';
import { inTraceOf } from './traced.ts';
import {
  type Handled,
  type StageWorker,
  startWorker,
  type TakenJob,
  type WorkerSettings,
} from './workers.ts';

const STATES = ['waiting', 'active', 'delayed', 'prioritized', 'failed', 'completed'] as const;
const ALIVE = ['waiting', 'active', 'delayed', 'prioritized'] as const;

const jobCounts = z.record(z.enum(STATES), z.number());
const flushed = z.object({ batches: z.number(), records: z.number() });

/** A job as it is shown. */
export type SeenJob<Q extends QueueName = QueueName> = ReturnType<typeof seen<Q>>;

/** A file version whose parse is to be queued. */
type FileToQueue = Parameters<typeof parseJobId>[0] & { readonly fileNo: FileNo };

/** A file version that nobody has begun to read, and what its first try needs to know. */
type NewFileToQueue = FileToQueue & {
  readonly firstTry: Omit<NonNullable<ParseJob['first_try']>, 'token'>;
};

/** The queues: looks at their jobs, adds jobs, and does what an operator may do with them. */
export class Queues {
  readonly #raw: Raw;

  constructor(raw: Raw) {
    this.#raw = raw;
  }

  /** BullMQ's own queues, for Bull Board, and for tools and tests that break things. All other code uses the other methods. */
  board(): BullQueues {
    return this.#raw.queues;
  }

  async close(): Promise<void> {
    await Promise.all(QUEUE_NAMES.map((name) => this.#raw.queues[name].close()));
  }

  /** How many jobs are in each state. `alive`: how many are still to be worked on. */
  async counts(queue: QueueName) {
    const counts = jobCounts.parse(await this.#raw.queues[queue].getJobCounts(...STATES));
    return { ...counts, alive: ALIVE.reduce((sum, state) => sum + counts[state], 0) };
  }

  /** How many workers serve a queue. */
  workers(queue: QueueName): Promise<number> {
    return this.#raw.queues[queue].getWorkersCount();
  }

  isPaused(queue: QueueName): Promise<boolean> {
    return this.#raw.queues[queue].isPaused();
  }

  state(queue: QueueName, id: string): Promise<string> {
    return this.#raw.queues[queue].getJobState(id);
  }

  /** Says whether a job is still to be worked on. A failed or finished one must not block its id. */
  async isAlive(queue: QueueName, id: string): Promise<boolean> {
    const state = await this.state(queue, id);
    return ALIVE.some((alive) => alive === state);
  }

  /** Jobs in this state, the latest first; or those whose delay ends first. */
  async jobs<Q extends QueueName>(
    queue: Q,
    state: 'failed' | 'delayed' | 'waiting' | 'active',
    from: number,
    count: number,
  ): Promise<SeenJob<Q>[]> {
    const jobs = await this.#raw.queues[queue].getJobs([state], from, from + count - 1, state === 'delayed');
    return jobs.map((job) => seen(queue, job));
  }

  async job<Q extends QueueName>(queue: Q, id: string): Promise<SeenJob<Q> | undefined> {
    const job = await this.#raw.queues[queue].getJob(id);
    return job && seen(queue, job);
  }

  /** The last lines of a job's log. */
  async notes(queue: QueueName, id: string): Promise<string[]> {
    return (await this.#raw.queues[queue].getJobLogs(id, -100, -1)).logs;
  }

  /** The finished flushes that BullMQ still keeps. */
  async pastFlushes() {
    const jobs = await this.#raw.queues.flush.getCompleted(0, 49);
    return jobs.flatMap(({ finishedOn, returnvalue }) => {
      const result = flushed.safeParse(returnvalue);
      return finishedOn !== undefined && result.success ? [{ at: new Date(finishedOn), ...result.data }] : [];
    });
  }

  /** Starts a worker that hands each job to `handle`. */
  work<Q extends QueueName>(
    queue: Q,
    handle: (job: TakenJob<Q>) => Promise<Handled>,
    settings: WorkerSettings,
  ): StageWorker {
    return startWorker(queue, handle, settings, this.#raw);
  }

  /** Adds the parse of a file version. It replaces a failed or finished job with the same id. */
  async addParse(file: FileToQueue): Promise<void> {
    const replace = () => this.#replace('parse', parseJobId(file), 'parse', parseOf(file));
    await (tracing()?.within(file, replace) ?? replace());
  }

  /** Adds the first parses of file versions that have had no job. All go to Redis at once, and no job is looked at. */
  async addFirstParses(files: readonly NewFileToQueue[]): Promise<void> {
    if (files.length === 0) return;
    const jobs = files.map((file) => ({
      name: 'parse',
      data: writeJob({ ...parseOf(file), first_try: { token: file.token, ...file.firstTry } }),
      opts: { jobId: parseJobId(file), ...inTraceOf(file) },
    }));
    killPoint('queue:begun');
    await this.#raw.queues.parse.addBulk(jobs);
    killPoint('queue:added');
  }

  /** Removes a parse whose first try was noted in the ledger and that no worker has had. Returns whether it was one. */
  async withdrawFirstParse(file: FileToQueue): Promise<boolean> {
    const { parse } = this.#raw.queues;
    const job = await parse.getJob(parseJobId(file));
    if (job === undefined || job.attemptsStarted > 0) return false;
    const content = readJob('parse', job);
    if (content.outcome !== 'read' || content.value.first_try === undefined) return false;
    return (await parse.remove(parseJobId(file))) > 0;
  }

  /** Removes the parses that wait for their first try. */
  async dropWaitingParses(): Promise<void> {
    await this.#raw.queues.parse.drain();
  }

  /** Adds the insert of a micro-batch that was just taken. Returns its records. */
  async addInsert(batch: OpenBatch): Promise<number> {
    const { name, job } = insertOf(batch, 0);
    const add = () => this.#raw.queues.insert.add(name, writeJob(job), { jobId: batch.id });
    // A batch has rows of many files, so it is no part of the trace of the one whose parse made it.
    await (tracing()?.within(undefined, add) ?? add());
    return job.records;
  }

  /** Adds the insert of an open batch again, after its job was lost or has failed. */
  async reviveInsert(batch: OpenBatch, revivals: number, leaveOut?: readonly LeftOut[]): Promise<void> {
    const { name, job } = insertOf(batch, revivals);
    await this.#replace('insert', batch.id, name, { ...job, ...(leaveOut && { leaveOut }) });
  }

  async #replace<Q extends QueueName>(queue: Q, jobId: string, name: string, job: JobData[Q]): Promise<void> {
    killPoint('queue:before-remove');
    await this.#raw.queues[queue].remove(jobId);
    killPoint('queue:removed');
    await this.#raw.queues[queue].add(name, writeJob(job), { jobId });
    killPoint('queue:added');
  }

  /** Retries a failed job, with all its attempts and all its rows. Returns false when the job is no longer failed, or gone. */
  async retry(queue: QueueName, id: string): Promise<boolean> {
    return await this.#retry(queue, id, []);
  }

  /**
   * Retries a failed insert, whose commit makes rejects of these rows, and of those that were named before. A plain retry forgets them.
   * Who dies before the retry leaves a failed job.
   */
  async retryWithout(id: string, leaveOut: readonly LeftOut[]): Promise<boolean> {
    return await this.#retry('insert', id, leaveOut);
  }

  async #retry(queue: QueueName, id: string, leaveOut: readonly LeftOut[]): Promise<boolean> {
    const job = await this.#raw.queues[queue].getJob(id);
    if (job === undefined || (await job.getState()) !== 'failed') return false;
    const content = readJob(queue, job);
    if (content.outcome === 'read' && 'chunks' in content.value) {
      const { leaveOut: before = [], ...all } = content.value;
      const rows = new Map([...before, ...leaveOut].map((row) => [`${row.fileNo}-${row.line}`, row]));
      if (rows.size > 0)
        await job.updateData(
          writeJob(leaveOut.length === 0 ? all : { ...all, leaveOut: [...rows.values()] }),
        );
    }
    killPoint('retry:noted');
    try {
      await job.retry('failed', { resetAttemptsMade: true });
      return true;
    } catch (error) {
      // Somebody else has retried or removed it first.
      if ((await job.getState()) !== 'failed') return false;
      throw error;
    }
  }

  /** Removes a job that has failed for good, because nothing is left to do. */
  async forgetFailed(queue: QueueName, id: string): Promise<void> {
    if ((await this.state(queue, id)) === 'failed') await this.#raw.queues[queue].remove(id);
  }

  /** Pauses a queue. Jobs in progress are finished; the others wait. */
  pause(queue: QueueName): Promise<void> {
    return this.#raw.queues[queue].pause();
  }

  resume(queue: QueueName): Promise<void> {
    return this.#raw.queues[queue].resume();
  }
}

function seen<Q extends QueueName>(queue: Q, job: Job) {
  return {
    queue,
    id: job.id ?? '',
    name: job.name,
    content: readJob(queue, job),
    /** Why its last attempt failed. */
    reason: job.failedReason || null,
    addedAt: new Date(job.timestamp),
    endedAt: job.finishedOn === undefined ? null : new Date(job.finishedOn),
    attempts: job.attemptsMade,
    attemptsAtMost: job.opts.attempts ?? 1,
  } as const;
}

function parseOf({ fileNo, name, token }: FileToQueue): ParseJob {
  return { v: 1, file_no: fileNo, file: name, bytes: sizeOf(token) };
}

function insertOf(batch: OpenBatch, revivals: number) {
  const records = batch.chunks.reduce((sum, chunk) => sum + chunk.records, 0);
  const files = new Set(batch.chunks.map(({ fileNo }) => fileNo)).size;
  const name = `${records} records of ${files} ${files === 1 ? 'file' : 'files'}`;
  return { name, job: { ...batch, records, transient: false, revivals } };
}
