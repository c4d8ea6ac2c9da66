import { createHash } from 'node:crypto';
import { feedOf } from '@sluice/core';
import { QUEUE_NAMES, type Queues, type SeenJob } from '@sluice/staging';

/** A failed job, and the group of those that failed for the same cause. */
export interface GroupedJob {
  readonly job: SeenJob;
  readonly group: string;
  readonly reason: string;
}

/** What PostgreSQL reported, as far as a reason names it. */
export interface Cause {
  readonly sqlstate: string | null;
  readonly constraint: string | null;
  readonly column: string | null;
}

/** How many failed jobs of each queue are read at once. */
export const FAILED_PAGE = 1_000;
/** How many characters of a reason decide its group. A limit is needed, because a job in Redis can carry any reason. */
const GROUPED_BY = 1_000;

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

/**
 * The group of a job's reason: what PostgreSQL names (SQLSTATE, constraint, column) and the feed, or else the reason without what
 * differs from batch to batch.
 */
export function groupOf(job: SeenJob): { group: string; reason: string } {
  const { files } = contentOf(job);
  const reason = withoutPlaces(job.reason ?? 'no reason was recorded', files);
  const { sqlstate, constraint, column } = causeOf(job.reason);
  const named = constraint !== null || column !== null;
  const cause = named ? [feedOf(files[0] ?? ''), sqlstate, constraint, column].join(' ') : reason;
  const group = createHash('sha256').update(`${job.queue} ${cause}`).digest('hex').slice(0, 16);
  return { group, reason };
}

/** A reason without ids, numbers, values, names of files, and lists of any length of places. */
function withoutPlaces(text: string, files: readonly string[]): string {
  const given = text
    .slice(0, GROUPED_BY)
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, '…')
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '"…"')
    .replaceAll(/\S+\.(?:csv|ndjson|jsonl)(?:\.gz|\.zst|\.zip)?\b/gi, '…');
  // Files of a feed may have any ending.
  return files
    .toSorted((a, b) => b.length - a.length)
    .reduce((shorter, name) => shorter.replaceAll(name, '…'), given)
    .replaceAll(/(?<!SQLSTATE )(?<![\w…])\d(?:[\d.,:]*\d)?/g, '#')
    .replace(/\ba row that is\b|# rows that are\b/, 'rows that are')
    .replace(/ \((?:the first is )?line # of file #\)/, '')
    .replace(/"…" lines #-#(?:, "…" lines #-#)*(?: and # more)?/, '"…"');
}

/** What PostgreSQL reported, if it is the cause. Such reasons contain no values of rows (I10). */
export function causeOf(reason: string | null): Cause {
  const [, sqlstate = null] = /SQLSTATE (\w{5})\b/.exec(reason ?? '') ?? [];
  const [, constraint = null] = /SQLSTATE \w{5}(?: \(\w+\))?,? constraint (\S+)/.exec(reason ?? '') ?? [];
  const [, column = null] = / on \w+\.(\w+)$/.exec(reason ?? '') ?? [];
  return { sqlstate, constraint, column };
}

/** The files of a job, and how many records it carries if it says so. */
export function contentOf({ content }: SeenJob): { files: string[]; records: number | null } {
  if (content.outcome === 'read' && 'file' in content.value)
    return { files: [content.value.file], records: null };
  if (content.outcome !== 'read' || !('chunks' in content.value)) return { files: [], records: null };
  const { chunks, records } = content.value;
  return { files: [...new Set(chunks.map(({ file }) => file))], records };
}
