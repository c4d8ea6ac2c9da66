import type { Queue } from 'bullmq';
import { tellUnreadable } from './entry.ts';
import { removeForeignKeys } from './foreign-keys.ts';
import { QUEUE_NAMES, readJob } from './jobs.ts';
import type { Raw } from './raw.ts';
import type { Staging } from './staging.ts';
import { isJson, isUnreadable } from './tolerant-jobs.ts';

/** How many active jobs are looked at, and how many of the delayed jobs that are due last. */
const ACTIVE_AT_MOST = 1_000;
const DELAYED_AT_MOST = 100;
/** The clocks of two hosts always differ a little. */
const SLACK_MS = 1_000;
/** BullMQ keeps the time, in ms since 1970, in all but the lowest 12 bits of a delayed job's score. */
const SCORE_OF_MS = 0x1000;

/** Repairs what another program, or a clock that was set back, did to Sluice's keys and jobs. */
export class Upkeep {
  readonly #raw: Raw;
  readonly #staging: Staging;

  constructor(raw: Raw, staging: Staging) {
    this.#raw = raw;
    this.#staging = staging;
  }

  /** Removes Sluice's keys that hold a value of the wrong type, on which every command fails. Returns how many. */
  async removeForeignKeys(feeds: readonly string[]): Promise<number> {
    return (await removeForeignKeys(this.#raw, this.#staging, feeds)).length;
  }

  /**
   * Promotes jobs that would wait longer than their whole delay. The process that failed the job set the due time by its clock. If
   * that clock has been set back since, the job would wait for hours. Returns how many.
   */
  async promoteOverlong(): Promise<number> {
    const { parse, insert } = this.#raw.queues;
    return (await this.#promote(parse)) + (await this.#promote(insert));
  }

  async #promote(queue: Queue): Promise<number> {
    const delayed = queue.toKey('delayed');
    const scored = await this.#raw.redis.zrevrange(delayed, 0, DELAYED_AT_MOST - 1, 'WITHSCORES');
    let promoted = 0;
    for (let i = 0; i < scored.length; i += 2) {
      const dueIn = Number(scored[i + 1]) / SCORE_OF_MS - Date.now();
      if (dueIn <= SLACK_MS) break;
      const job = await queue.getJob(scored[i] ?? '');
      if (job === undefined || dueIn <= job.delay + SLACK_MS || !(await job.isDelayed())) continue;
      await job.promote();
      promoted += 1;
    }
    return promoted;
  }

  /**
   * Repairs jobs that no worker can take, so that a worker can take and fail them. BullMQ would hand out a job with unreadable
   * options over and over. Returns how many.
   */
  async repairJobs(): Promise<number> {
    let repaired = 0;
    for (const name of QUEUE_NAMES) repaired += await this.#repair(this.#raw.queues[name]);
    return repaired;
  }

  async #repair(queue: Queue): Promise<number> {
    const { redis, log } = this.#raw;
    const ids = await redis.lrange(queue.keys.active ?? '', 0, ACTIVE_AT_MOST - 1);
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

  /**
   * Removes failed jobs that have nothing left to do: jobs that are not Sluice's, and the inserts of all batches except these.
   * Returns how many of each kind.
   */
  async dropFailed(batchesToKeep: ReadonlySet<string>): Promise<{ batches: number; unreadable: number }> {
    let [batches, unreadable] = [0, 0];
    for (const name of QUEUE_NAMES) {
      const queue = this.#raw.queues[name];
      unreadable += await this.#dropLost(queue);
      for (const job of await queue.getFailed()) {
        const id = job.id ?? '';
        const ours = readJob(name, job).outcome !== 'unreadable';
        const over = name === 'insert' && ours && !batchesToKeep.has(id);
        if (ours && !over) continue;
        await this.#remove(queue, id);
        if (over) batches += 1;
        else unreadable += 1;
      }
    }
    return { batches, unreadable };
  }

  /** Removes ids from the failed set whose jobs no longer exist. No list of jobs shows them. */
  async #dropLost(queue: Queue): Promise<number> {
    const { redis } = this.#raw;
    const failed = queue.toKey('failed');
    const ids = await redis.zrange(failed, 0, -1);
    const pipeline = redis.pipeline();
    for (const id of ids) pipeline.exists(queue.toKey(id));
    const answers = (await pipeline.exec()) ?? [];
    const lost = ids.filter((_, i) => answers[i]?.[1] === 0);
    return lost.length === 0 ? 0 : await redis.zrem(failed, ...lost);
  }

  /** Removes a job, even if its key has another type. */
  async #remove(queue: Queue, id: string): Promise<void> {
    try {
      await queue.remove(id);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      await this.#raw.redis.unlink(queue.toKey(id));
      await queue.remove(id);
    }
  }
}

/** Options and parents are objects; progress may be a number. */
function isObject(text: unknown): boolean {
  return typeof text === 'string' && isJson(text) && text !== 'null';
}
