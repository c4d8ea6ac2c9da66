import { writeAudit } from '@sluice/ledger';
import type { InsertJob, LeftOut, QueueName } from '@sluice/staging';
import type { Stores } from '../stores.ts';
import { FAILED_PAGE, groupedJobs } from './failed-jobs.ts';
import { OperationRefused, operator } from './operator.ts';
import { findRefused } from './refused-records.ts';

/** Names a job. */
export interface JobName {
  readonly queue: QueueName;
  readonly job: string;
}

type Needs = Pick<Stores, 'sql' | 'queues'>;

/** The most jobs or records that the audit names one by one. */
const AUDITED = 100;

/**
 * Has failed jobs tried again, with all their rows. One that is not failed any more is left as it is. The audit is written first, so
 * that nothing is done that is not in it. Returns those that were put back.
 *
 * @param who the person, for the audit
 */
export async function retryFailed(
  jobs: readonly JobName[],
  subject: string,
  { sql, queues }: Needs,
  who = operator(),
): Promise<JobName[]> {
  if (jobs.length === 0) return [];
  const detail = { jobs: jobs.slice(0, AUDITED), count: jobs.length };
  await writeAudit(sql, { action: 'retry', subject, detail, who });
  const retried: JobName[] = [];
  for (const one of jobs) if (await queues.retry(one.queue, one.job)) retried.push(one);
  return retried;
}

/** All failed jobs, or those of one group, however many. Only their names are kept. */
export async function failedJobs(queues: Stores['queues'], group?: string): Promise<JobName[]> {
  const found: JobName[] = [];
  for (let from = 0; ; from += FAILED_PAGE) {
    const jobs = await groupedJobs(queues, from);
    if (jobs.length === 0) return found;
    const own = jobs.filter((one) => group === undefined || one.group === group);
    found.push(...own.map(({ job: { queue, id } }) => ({ queue, job: id })));
  }
}

/** The most records of a batch that are rejected at once. They are part of its job. */
const REJECTED_AT_MOST = 1_000;

/** What came of an order to reject records. `changed` is false when the batch is not failed any more. */
interface Rejection {
  readonly changed: boolean;
  readonly records: number;
}

/**
 * Rejects records of a failed batch and has the rest of it tried again. The records are tried once more: only one that PostgreSQL still
 * refuses can be rejected. The commit of the batch writes the rejects and the rows together (I2).
 *
 * @param places the records, as a search has found them; undefined: all that are refused
 * @throws {OperationRefused} when one of them is not refused (any more)
 */
export async function rejectRecords(
  batch: InsertJob,
  places: readonly { readonly fileNo: number; readonly line: number }[] | undefined,
  stores: Pick<Stores, 'sql' | 'queues' | 'staging'>,
  who = operator(),
): Promise<Rejection> {
  const { sql, queues } = stores;
  if ((await queues.state('insert', batch.id)) !== 'failed') return { changed: false, records: 0 };
  const { refused } = await findRefused(batch, stores);
  const named = places && new Set(places.map(placeOf));
  const records = refused.filter((one) => named === undefined || named.has(placeOf(one)));
  if (records.length > REJECTED_AT_MOST) throw tooMany(records.length);
  if (records.length < (named?.size ?? 1)) {
    throw new OperationRefused(
      'PostgreSQL does not refuse these records (any more), or they are not staged: nothing was changed',
      'find the bad record again, or retry the batch',
    );
  }
  const detail = {
    count: records.length,
    records: records.slice(0, AUDITED).map(({ file, line, sqlstate, constraint }) => {
      return { file, line, sqlstate, constraint };
    }),
  };
  await writeAudit(sql, { action: 'reject', subject: `insert ${batch.id}`, detail, who });
  const leftOut = records.map(({ fileNo, line, sqlstate, constraint, column }): LeftOut => {
    return { fileNo, line, sqlstate, constraint, column };
  });
  return { changed: await queues.retryWithout(batch.id, leftOut), records: records.length };
}

const placeOf = ({ fileNo, line }: { readonly fileNo: number; readonly line: number }) => `${fileNo}-${line}`;

function tooMany(records: number): OperationRefused {
  return new OperationRefused(
    `${records} records are more than can be rejected at once (${REJECTED_AT_MOST})`,
    'so many have one cause in the table: remove it, then "npm run sluice -- retry"',
  );
}
