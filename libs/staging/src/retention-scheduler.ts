import type { Queue } from 'bullmq';
import { readScheduler } from './flush-scheduler.ts';

/** Name of the retention's job, and id of its scheduler, on the flush queue. */
export const RETENTION_JOB = 'retention';

const DAILY_MS = 24 * 3_600_000;

/** Makes sure that the retention runs daily, or, when everything is kept, that it does not. Call it again and again. */
export async function ensureRetentionScheduler(queue: Queue, retention: number | undefined): Promise<void> {
  const next = (await readScheduler(queue, RETENTION_JOB))?.next;
  if (retention === undefined) {
    if (next !== undefined) await queue.removeJobScheduler(RETENTION_JOB);
    return;
  }
  if (next !== undefined && next > Date.now() - DAILY_MS) return;
  await queue.upsertJobScheduler(RETENTION_JOB, { every: DAILY_MS }, { name: RETENTION_JOB });
}

/** Has the retention go on soon, behind the flushes that wait. */
export async function continueRetention(queue: Queue): Promise<void> {
  await queue.add(RETENTION_JOB, {}, { delay: 1_000 });
}
