import type { Queue } from 'bullmq';
import { tellUnreadable } from './entry.ts';
import { removeForeignKeys } from './foreign-keys.ts';
import { QUEUE_NAMES, readJob } from './jobs.ts';
import type { Raw } from './open.ts';
import { isJson, isUnreadable } from './tolerant-jobs.ts';

/** So many active jobs, and of the delayed ones those that are due last, are looked at. */
const ACTIVE_AT_MOST = 1_000;
const DELAYED_AT_MOST = 100;
/** Clocks of two hosts are never quite the same. */
const SLACK_MS = 1_000;
/** BullMQ keeps the time, in ms since 1970, in all but the lowest 12 bits of a delayed job's score. */
const SCORE_OF_MS = 0x1000;

/** Puts right what somebody else, or a clock that was set back, did to our keys and jobs. */
export class Upkeep {
  readonly #raw: Raw;

  constructor(raw: Raw) {
    this.#raw = raw;
  }

  /** Removes keys of ours that hold what they cannot: on those, every other look fails. Returns how many. */
  async removeForeignKeys(): Promise<number> {
    return (await removeForeignKeys(this.#raw)).length;
  }

  /**
   * Lets jobs go that would wait for longer than their whole delay. When a job is due was noted by the clock of the process
   * that failed; set back since, it would keep the job for hours. Returns how many.
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
   * Makes jobs that no worker can take such as one can, which then fails them: BullMQ hands out one whose options cannot be
   * read again and again. Returns how many.
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
   * Removes failed jobs of which nothing is left: what is no job of Sluice, and the inserts of all batches but these.
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

  /** Takes those out of the failed set of which nothing but the name is left: no list of jobs shows them. */
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

  /** Removes a job, also one that is a key of another type. */
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
