import { createHash } from 'node:crypto';
import { QUEUE_NAMES, type Queues, type SeenJob } from '@sluice/staging';
import type { z } from 'zod';
import { boardJob } from '../board-address.ts';
import { iso } from './route.ts';
import type { failures, found } from './schemas.ts';

type FailedJob = z.infer<typeof failures>['groups'][number]['samples'][number];

/** A failed job, and the group of those that failed for the same reason. */
interface GroupedJob {
  readonly job: SeenJob;
  readonly group: string;
  readonly reason: string;
}

/** How many failed jobs of each queue are read at once. The page shows only the latest of them. */
export const FAILED_PAGE = 1_000;
const FILES_SHOWN = 5;
/** How many characters of a reason decide its group. A limit is needed, because a job in Redis can carry any reason. */
const GROUPED_BY = 1_000;

/** How much work has failed for good. */
export async function failedWork(
  queues: Queues,
): Promise<{ readonly batches: number; readonly records: number; readonly files: number }> {
  const [jobs, inserts, parses] = await Promise.all([
    queues.jobs('insert', 'failed', 0, FAILED_PAGE),
    queues.counts('insert'),
    queues.counts('parse'),
  ]);
  return {
    batches: inserts.failed,
    files: parses.failed,
    records: jobs.reduce((sum, job) => sum + (contentOf(job).records ?? 0), 0),
  };
}

/** The failed jobs of all queues, latest first. The first `from` jobs of each queue are skipped. */
export async function groupedJobs(queues: Queues, from = 0): Promise<GroupedJob[]> {
  const perQueue = await Promise.all(
    QUEUE_NAMES.map(async (queue) => {
      const jobs = await queues.jobs(queue, 'failed', from, FAILED_PAGE);
      return jobs.map((job) => ({ job, ...groupOf(job) }));
    }),
  );
  return perQueue.flat().sort((a, b) => Number(b.job.endedAt) - Number(a.job.endedAt));
}

/** The group of a reason. The same reasons without ids, numbers and names are one group. */
export function groupOf(job: SeenJob): { group: string; reason: string } {
  const names = contentOf(job).files.toSorted((a, b) => b.length - a.length);
  const given = (job.reason ?? 'no reason was recorded')
    .slice(0, GROUPED_BY)
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, '…')
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '"…"')
    .replaceAll(/\S+\.csv(\.gz|\.zst)?\b/gi, '…');
  // Files of a feed may have any ending.
  const reason = names
    .reduce((text, name) => text.replaceAll(name, '…'), given)
    .replaceAll(/(?<!SQLSTATE )(?<![\w…])\d[\d.,:]*/g, '#');
  const group = createHash('sha256').update(`${job.queue} ${reason}`).digest('hex').slice(0, 16);
  return { group, reason };
}

/** What PostgreSQL reported, if it is the cause. Such reasons contain no values of rows (I10). */
export function causeOf(
  reason: string | null,
): Pick<z.infer<typeof found>['refused'][number], 'constraint' | 'column'> & { sqlstate: string | null } {
  const [, sqlstate = null] = /SQLSTATE (\w{5})\b/.exec(reason ?? '') ?? [];
  const [, constraint = null] = /SQLSTATE \w{5}(?: \(\w+\))?,? constraint (\S+)/.exec(reason ?? '') ?? [];
  const [, column = null] = / on \w+\.(\w+)$/.exec(reason ?? '') ?? [];
  return { sqlstate, constraint, column };
}

/** The job as the API shows it, with references but without rows. */
export function shownJob(job: SeenJob): FailedJob {
  const { queue, id, name, attempts } = job;
  const { files, records } = contentOf(job);
  return {
    ...{ queue, job: id, name, attempts, records },
    files: files.slice(0, FILES_SHOWN),
    fileCount: files.length,
    failedAt: iso(job.endedAt ?? job.addedAt),
    board: boardJob(queue, id),
  };
}

function contentOf({ content }: SeenJob): { files: string[]; records: number | null } {
  if (content.outcome === 'read' && 'file' in content.value)
    return { files: [content.value.file], records: null };
  if (content.outcome !== 'read' || !('chunks' in content.value)) return { files: [], records: null };
  const { chunks, records } = content.value;
  return { files: [...new Set(chunks.map(({ file }) => file))], records };
}
