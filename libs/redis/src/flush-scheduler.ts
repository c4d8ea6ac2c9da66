import type { Queue } from 'bullmq';
import type { FlushJob } from './queues.ts';

const SCHEDULER = 'tick';

/**
 * Makes sure that the flush ticks every `interval` ms. Call it again and again: a wipe of Redis ends a scheduler
 * without a word, and so does a tick whose job was lost. Returns true when it had to be made (anew).
 */
export async function ensureFlushScheduler(queue: Queue, interval: number): Promise<boolean> {
  const scheduler = await queue.getJobScheduler(SCHEDULER);
  const overdue = scheduler?.next === undefined || scheduler.next < Date.now() - 2 * interval;
  if (scheduler?.every === interval && !overdue) return false;
  const data: FlushJob = { v: 1, mode: 'all' };
  await queue.upsertJobScheduler(SCHEDULER, { every: interval }, { name: 'flush', data });
  return true;
}
