import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';

/** Those that are due last are looked at. */
const AT_MOST = 100;
/** Clocks of two hosts are never quite the same. */
const SLACK_MS = 1_000;
/** BullMQ keeps the time, in ms since 1970, in all but the lowest 12 bits of a delayed job's score. */
const SCORE_OF_MS = 0x1000;

/**
 * Lets jobs go that would wait for longer than their whole delay. When a job is due was noted by the clock of the process
 * that failed; set back since, it would keep the job for hours. Returns how many.
 */
export async function promoteOverlong(redis: Redis, queue: Queue): Promise<number> {
  const scored = await redis.zrevrange(queue.toKey('delayed'), 0, AT_MOST - 1, 'WITHSCORES');
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
