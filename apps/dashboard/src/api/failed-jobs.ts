import { createHash } from 'node:crypto';
import { insertJob, parseJob, QUEUE_NAMES, type QueueName, type Queues } from '@sluice/staging';
import type { z } from 'zod';
import { boardJob } from '../board-address.ts';
import { iso } from './route.ts';
import type { failures, found } from './schemas.ts';

type QueueJob = Awaited<ReturnType<Queues['insert']['getFailed']>>[number];
type FailedJob = z.infer<typeof failures>['groups'][number]['samples'][number];

/** A failed job, and the group of those that failed for the same reason. */
interface GroupedJob {
  readonly job: QueueJob;
  readonly queue: QueueName;
  readonly group: string;
  readonly reason: string;
}

/** Of each queue so many failed jobs are looked at together; for the page, the latest. */
export const FAILED_PAGE = 1_000;
const FILES_SHOWN = 5;
/** Characters of a reason that tell its group: who adds a job on Bull Board may have it fail of anything. */
const GROUPED_BY = 1_000;

/** How much work has failed for good. */
export async function failedWork(
  queues: Queues,
): Promise<{ readonly batches: number; readonly records: number; readonly files: number }> {
  const [inserts, batches, files] = await Promise.all([
    queues.insert.getFailed(0, FAILED_PAGE - 1),
    queues.insert.getFailedCount(),
    queues.parse.getFailedCount(),
  ]);
  return {
    batches,
    files,
    records: inserts.reduce((sum, job) => sum + (contentOf('insert', job).records ?? 0), 0),
  };
}

/** The failed jobs of all queues, latest first; `from`: so many of each queue are passed over. */
export async function groupedJobs(queues: Queues, from = 0): Promise<GroupedJob[]> {
  const perQueue = await Promise.all(
    QUEUE_NAMES.map(async (queue) => {
      const jobs = await queues[queue].getFailed(from, from + FAILED_PAGE - 1);
      return jobs.map((job) => ({ job, queue, ...groupOf(queue, job.failedReason) }));
    }),
  );
  return perQueue.flat().sort((a, b) => (b.job.finishedOn ?? 0) - (a.job.finishedOn ?? 0));
}

/** The group of a reason: what is left of it without ids, numbers and names. */
export function groupOf(
  queue: QueueName,
  failedReason: string | undefined,
): { group: string; reason: string } {
  const reason = (failedReason || 'no reason was recorded')
    .slice(0, GROUPED_BY)
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, '…')
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '"…"')
    .replaceAll(/\S+\.csv(\.gz|\.zst)?\b/gi, '…')
    .replaceAll(/(?<!SQLSTATE )(?<![\w…])\d[\d.,:]*/g, '#');
  const group = createHash('sha256').update(`${queue} ${reason}`).digest('hex').slice(0, 16);
  return { group, reason };
}

/** What PostgreSQL said, where it is the cause. Such reasons hold no value of a row (I10). */
export function causeOf(
  reason: string | undefined,
): Pick<z.infer<typeof found>['refused'][number], 'constraint' | 'column'> & { sqlstate: string | null } {
  const [, sqlstate = null] = /SQLSTATE (\w{5})\b/.exec(reason ?? '') ?? [];
  const [, constraint = null] = /SQLSTATE \w{5}(?: \(\w+\))?,? constraint (\S+)/.exec(reason ?? '') ?? [];
  const [, column = null] = / on \w+\.(\w+)$/.exec(reason ?? '') ?? [];
  return { sqlstate, constraint, column };
}

/** The job as the API tells of it: references, no rows. */
export function shownJob(queue: QueueName, job: QueueJob): FailedJob {
  const { files, records } = contentOf(queue, job);
  return {
    queue,
    job: job.id ?? '',
    name: job.name,
    files: files.slice(0, FILES_SHOWN),
    fileCount: files.length,
    records,
    failedAt: iso(new Date(job.finishedOn ?? job.timestamp)),
    attempts: job.attemptsMade,
    board: boardJob(queue, job.id ?? ''),
  };
}

function contentOf(queue: QueueName, { data }: QueueJob): { files: string[]; records: number | null } {
  if (queue === 'parse') {
    const job = parseJob.safeParse(data);
    return { files: job.success ? [job.data.file] : [], records: null };
  }
  const job = queue === 'insert' ? insertJob.safeParse(data) : undefined;
  if (!job?.success) return { files: [], records: null };
  return { files: [...new Set(job.data.chunks.map(({ file }) => file))], records: job.data.records };
}
