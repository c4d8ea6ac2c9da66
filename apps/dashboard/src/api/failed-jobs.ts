import { contentOf } from '@sluice/pipeline';
import type { Queues, SeenJob } from '@sluice/staging';
import type { z } from 'zod';
import { boardJob } from '../board-address.ts';
import { iso } from './route.ts';
import type { failures } from './schemas.ts';

type FailedJob = z.infer<typeof failures>['groups'][number]['samples'][number];

/** How many failed jobs of a queue are read at once. The page shows only the latest of them. */
const FAILED_PAGE = 1_000;
const FILES_SHOWN = 5;

/** How much work has failed for good. */
interface FailedWork {
  readonly batches: number;
  /** Those of the batches. */
  readonly records: number;
  /** Failed parse jobs. */
  readonly files: number;
  /** How many files the failed batches have records of. */
  readonly openFiles: number;
}

export async function failedWork(queues: Queues): Promise<FailedWork> {
  const [jobs, inserts, parses] = await Promise.all([
    queues.jobs('insert', 'failed', 0, FAILED_PAGE),
    queues.counts('insert'),
    queues.counts('parse'),
  ]);
  return {
    batches: inserts.failed,
    files: parses.failed,
    records: jobs.reduce((sum, job) => sum + (contentOf(job).records ?? 0), 0),
    openFiles: new Set(jobs.flatMap((job) => contentOf(job).files)).size,
  };
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
