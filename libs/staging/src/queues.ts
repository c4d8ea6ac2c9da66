import { type ChunkRef, fileNo } from '@sluice/core';
import { killPoint, type Logger } from '@sluice/process';
import type { Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { type Entry, readValue } from './entry.ts';
import { TolerantQueue } from './tolerant-jobs.ts';

/** The queues, in the order in which a file passes them. One BullMQ worker each: parses never starve inserts. */
export const QUEUE_NAMES = ['parse', 'flush', 'insert'] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];

/** The form of the payloads below. Jobs carry references, never rows (I10). */
const VERSION = z.literal(1);
const newerJob = z.object({ v: z.number().gt(VERSION.value) });

export const parseJob = z.object({ v: VERSION, file_no: fileNo, file: z.string() });
export type ParseJob = z.infer<typeof parseJob>;

/** `full` takes full batches only; `all` takes what is there. */
export const flushJob = z.object({ v: VERSION, mode: z.enum(['full', 'all']) });
export type FlushJob = z.infer<typeof flushJob>;

export const insertJob = z.object({
  v: VERSION,
  batch: z.uuid(),
  records: z.number(),
  /** The last failure was of a kind that passes: a later flush tries the batch again. */
  transient: z.boolean().default(false),
  /** How often a later flush has done so. */
  revivals: z.number().default(0),
  chunks: z.array(
    z.object({
      file: z.string(),
      file_no: fileNo,
      lines: z.tuple([z.number(), z.number()]),
      records: z.number(),
    }),
  ),
});
export type InsertJob = z.infer<typeof insertJob>;

/** What the jobs of each queue carry. */
export interface JobData {
  readonly parse: ParseJob;
  readonly flush: FlushJob;
  readonly insert: InsertJob;
}

const SCHEMAS: { readonly [Q in QueueName]: z.ZodType<JobData[Q]> } = {
  parse: parseJob,
  flush: flushJob,
  insert: insertJob,
};

/** Reads the data of a job, which a newer version or somebody else may have added. */
export function readJob<Q extends QueueName>(
  queue: Q,
  data: unknown,
): Entry<JobData[Q]> | { readonly outcome: 'newer' } {
  const read = readValue(SCHEMAS[queue], data);
  return read.outcome === 'unreadable' && newerJob.safeParse(data).success ? { outcome: 'newer' } : read;
}

/** What an insert job says of its chunks, so that a failed batch can be read where it is shown. */
export function describeChunks(chunks: readonly ChunkRef[]): InsertJob['chunks'] {
  return chunks.map((chunk) => ({
    file: chunk.file,
    file_no: chunk.fileNo,
    lines: [chunk.firstLine, chunk.lastLine],
    records: chunk.records,
  }));
}

/** The references of an insert job. */
export function chunksOf(job: InsertJob): ChunkRef[] {
  return job.chunks.map((chunk) => ({
    fileNo: chunk.file_no,
    file: chunk.file,
    firstLine: chunk.lines[0],
    lastLine: chunk.lines[1],
    records: chunk.records,
  }));
}

/** How often a job is tried, and how much of its past is kept. The ledger is the history, not Redis. */
const BACKOFF = { type: 'exponential', delay: 1_000, jitter: 0.5 } as const;
const KEEP = { removeOnComplete: { count: 100 }, removeOnFail: false } as const;

export interface Queues {
  readonly parse: Queue;
  readonly flush: Queue;
  readonly insert: Queue;
}

/** Opens the queues for adding jobs and looking at them. */
export function openQueues(redis: Redis, prefix: string, insertAttempts: number, log: Logger): Queues {
  const open = (name: QueueName, defaultJobOptions: object) => {
    const queue = new TolerantQueue(name, { connection: redis, prefix, defaultJobOptions });
    // Every call rejects with its own error, and the connection says when Redis is away: this is the same error again.
    queue.on('error', (error) => log.debug({ queue: name, reason: error.message }, 'queue error'));
    return queue;
  };
  return {
    parse: open('parse', { ...KEEP, attempts: 3, backoff: BACKOFF }),
    flush: open('flush', { removeOnComplete: { count: 20 }, removeOnFail: { count: 20 } }),
    insert: open('insert', { ...KEEP, attempts: insertAttempts, backoff: BACKOFF }),
  };
}

export async function closeQueues(queues: Queues): Promise<void> {
  await Promise.all(QUEUE_NAMES.map((name) => queues[name].close()));
}

/** Says whether a job still stands to be worked on. A failed or finished one must not block its id for ever. */
export async function isAlive(queue: Queue, jobId: string): Promise<boolean> {
  return ['waiting', 'active', 'delayed', 'prioritized'].includes(await queue.getJobState(jobId));
}

/** Adds a job under an id that a dead job may still hold. */
export async function replaceJob(queue: Queue, name: string, data: object, jobId: string): Promise<Job> {
  killPoint('queue:before-remove');
  await queue.remove(jobId);
  killPoint('queue:removed');
  const job = await queue.add(name, data, { jobId });
  killPoint('queue:added');
  return job;
}
