import type { Logger } from '@sluice/process';
import { Job, type JobJson, type JobProgress, type JobType, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { moment, tellUnreadable } from './entry.ts';

type JobQueue = Parameters<typeof Job.fromId>[0];

/** What is shown of a job of which nothing can be read. */
const NOTHING: JobJson = {
  ...{ id: '', name: 'a job that cannot be read', data: '{}', opts: {}, progress: 0, attemptsMade: 0 },
  ...{ attemptsStarted: 0, timestamp: 0, failedReason: '', returnvalue: 'null', stalledCounter: 0 },
};

/**
 * BullMQ's job, but one that somebody else made unreadable is a job without data instead of an error: that one would
 * end each list of jobs that it is in, and the worker that takes it would never fail it.
 */
class TolerantJob<Data, Result, Name extends string, Progress extends JobProgress> extends Job<
  Data,
  Result,
  Name,
  Progress
> {
  static override async fromId<T, R, N extends string>(
    queue: JobQueue,
    jobId: string,
  ): Promise<Job<T, R, N> | undefined> {
    try {
      const json = await queue.backend.getJobData(jobId);
      return json && TolerantJob.fromJSON<T, R, N>(queue, json, jobId);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      return TolerantJob.fromJSON<T, R, N>(queue, { ...NOTHING, id: jobId }, jobId);
    }
  }

  static override fromJSON<T, R, N extends string>(
    queue: JobQueue,
    json: JobJson,
    jobId?: string,
  ): Job<T, R, N> {
    const { name, data, timestamp, finishedOn, processedOn, ...rest } = json;
    return Job.fromJSON<T, R, N>(
      queue,
      {
        ...rest,
        name: name || NOTHING.name,
        data: isJson(data) ? data : NOTHING.data,
        timestamp: moment.catch(0).parse(timestamp),
        ...(moment.safeParse(finishedOn).success && { finishedOn: Number(finishedOn) }),
        ...(moment.safeParse(processedOn).success && { processedOn: Number(processedOn) }),
      },
      jobId,
    );
  }
}

/** A queue whose lists of jobs hold what can be read of each. */
export class TolerantQueue extends Queue {
  protected override get Job(): typeof Job {
    return TolerantJob;
  }

  /** BullMQ reads a list in one script, which ends at the first job that is a key of another type. */
  override async getJobs(types?: JobType[] | JobType, start = 0, end = -1, asc = false): Promise<Job[]> {
    try {
      return await super.getJobs(types, start, end, asc);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      const ids = await this.getRanges([types ?? []].flat(), start, end, asc);
      const jobs: (Job | undefined)[] = await Promise.all(ids.map((id) => this.getJob(id)));
      return jobs.filter((job) => job !== undefined);
    }
  }
}

/** A worker that is given a job of which nothing can be read without its data, so that the job can fail. */
export class TolerantWorker extends Worker {
  protected override get Job(): typeof Job {
    return TolerantJob;
  }
}

const LOOKED_AT = 1_000;

/**
 * Makes jobs that no worker can take such as one can, which then fails them: BullMQ hands out one whose options cannot be
 * read again and again. Returns how many.
 */
export async function repairJobs(redis: Redis, queue: Queue, log: Logger): Promise<number> {
  const ids = await redis.lrange(queue.keys.active ?? '', 0, LOOKED_AT - 1);
  const pipeline = redis.pipeline();
  for (const id of ids) pipeline.hmget(queue.toKey(id), 'opts', 'progress', 'parent');
  const answers = (await pipeline.exec()) ?? [];
  let repaired = 0;
  for (const [i, id] of ids.entries()) {
    const [error, fields] = answers[i] ?? [];
    const key = queue.toKey(id);
    if (error) {
      if (!isUnreadable(error)) throw error;
      await redis.unlink(key);
    } else {
      if (!Array.isArray(fields) || fields.every((text) => text === null || isObject(text))) continue;
      await redis.multi().hset(key, 'opts', '{}', 'progress', '{}').hdel(key, 'parent').exec();
    }
    tellUnreadable(log, queue.toKey('active'), id, 'its options are no JSON', 'this job fails');
    repaired += 1;
  }
  return repaired;
}

/** Removes a job, also one that is a key of another type. */
export async function removeJob(redis: Redis, queue: Queue, id: string): Promise<void> {
  try {
    await queue.remove(id);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    await redis.unlink(queue.toKey(id));
    await queue.remove(id);
  }
}

/** Takes those out of the failed set of which nothing but the name is left: no list of jobs shows them. Returns how many. */
export async function dropLostJobs(redis: Redis, queue: Queue): Promise<number> {
  const failed = queue.toKey('failed');
  const ids = await redis.zrange(failed, 0, -1);
  const pipeline = redis.pipeline();
  for (const id of ids) pipeline.exists(queue.toKey(id));
  const answers = (await pipeline.exec()) ?? [];
  const lost = ids.filter((_, i) => answers[i]?.[1] === 0);
  return lost.length === 0 ? 0 : await redis.zrem(failed, ...lost);
}

function isUnreadable(error: unknown): boolean {
  if (error instanceof SyntaxError || error instanceof TypeError) return true;
  return error instanceof Error && error.message.startsWith('WRONGTYPE');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false; // that is what was asked
  }
}

/** Options and parents are objects; progress may be a number. */
function isObject(text: unknown): boolean {
  return typeof text === 'string' && isJson(text) && text !== 'null';
}
