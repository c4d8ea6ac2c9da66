import type { Queue } from 'bullmq';
import { moment } from './entry.ts';
import { type FlushJob, flushJob } from './queues.ts';

const SCHEDULER = 'tick';

/**
 * Makes sure that the flush ticks every `interval` ms. Call it again and again: a wipe of Redis ends a scheduler
 * without a word, and so does a tick whose job was lost; a clock that is set back makes it wait for the old time.
 * Returns true when it had to be made (anew).
 */
export async function ensureFlushScheduler(queue: Queue, interval: number): Promise<boolean> {
  const scheduler = await readScheduler(queue, SCHEDULER);
  const dueIn = (scheduler?.next ?? Number.NEGATIVE_INFINITY) - Date.now();
  // Somebody else may have written there: from what is no flush job, each tick would make a job that fails.
  const ours = flushJob.safeParse(scheduler?.template?.data).success;
  if (ours && scheduler?.every === interval && Math.abs(dueIn) <= 2 * interval) return false;
  // Otherwise it would keep the time that it has.
  if (dueIn > 2 * interval) await queue.removeJobScheduler(SCHEDULER);
  const data: FlushJob = { v: 1, mode: 'all' };
  await queue.upsertJobScheduler(SCHEDULER, { every: interval }, { name: 'flush', data });
  return true;
}

/** When the flush ticks next, in ms since 1970. */
export async function nextFlush(queue: Queue): Promise<number | undefined> {
  const next = moment.safeParse((await readScheduler(queue, SCHEDULER))?.next);
  return next.data;
}

/** A scheduler; undefined when there is none that can be read. */
export async function readScheduler(
  queue: Queue,
  name: string,
): Promise<Awaited<ReturnType<Queue['getJobScheduler']>>> {
  try {
    return await queue.getJobScheduler(name);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}
