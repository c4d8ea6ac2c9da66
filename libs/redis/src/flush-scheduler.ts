import type { Queue } from 'bullmq';
import type { FlushJob } from './queues.ts';

const SCHEDULER = 'tick';

/**
 * Makes sure that the flush ticks every `interval` ms. Call it again and again: a wipe of Redis ends a scheduler
 * without a word, and so does a tick whose job was lost; a clock that is set back makes it wait for the old time.
 * Returns true when it had to be made (anew).
 */
export async function ensureFlushScheduler(queue: Queue, interval: number): Promise<boolean> {
  const scheduler = await queue.getJobScheduler(SCHEDULER);
  const dueIn = (scheduler?.next ?? Number.NEGATIVE_INFINITY) - Date.now();
  if (scheduler?.every === interval && Math.abs(dueIn) <= 2 * interval) return false;
  // Otherwise it would keep the time that it has.
  if (dueIn > 2 * interval) await queue.removeJobScheduler(SCHEDULER);
  const data: FlushJob = { v: 1, mode: 'all' };
  await queue.upsertJobScheduler(SCHEDULER, { every: interval }, { name: 'flush', data });
  return true;
}
