import { z } from 'zod';
import { count, queueName, time } from './basics.ts';
import { values } from './events.ts';

const span = z.object({
  fileNo: count,
  file: z.string(),
  firstLine: count,
  lastLine: count,
  records: count,
});

const failedJob = z.object({
  queue: queueName,
  job: z.string(),
  name: z.string(),
  files: z.array(z.string()).describe('At most 5'),
  fileCount: count,
  records: count.nullable(),
  failedAt: time,
  attempts: count,
  board: z.string().describe('Its address on Bull Board'),
});

export const failures = z.object({
  groups: z.array(
    z.object({
      group: z.string().describe('Names the group to /api/actions/retry'),
      queue: queueName,
      reason: z.string().describe('Normalised: ids, numbers and names left out'),
      sqlstate: z.string().nullable(),
      constraint: z.string().nullable(),
      jobs: count,
      records: count,
      firstSeen: time,
      lastSeen: time,
      samples: z.array(failedJob).describe('The latest, at most 5'),
    }),
  ),
  jobs: count,
  looked: count.describe('How many of them the groups stand for: the latest 1000 of each queue'),
});

export const failurePage = z.object({
  job: failedJob.extend({
    state: z.string().describe('failed, waiting, active, delayed, completed'),
    group: z.string().nullable(),
    reason: z.string().nullable(),
    sqlstate: z.string().nullable(),
    constraint: z.string().nullable(),
    column: z.string().nullable(),
    transient: z.boolean().describe('A later flush tries it again by itself'),
    addedAt: time,
    maxAttempts: count,
  }),
  attempts: z.array(z.object({ at: time.nullable(), text: z.string() })),
  chunks: z.array(span.extend({ staged: z.boolean().describe('False: committed, or to be parsed again') })),
});

/** The staged records of a batch. */
export const batchRecords = z.object({
  feed: z.string(),
  batch: z.string(),
  columns: z.array(z.string()).describe('The fields: first those of the key, then those of the values'),
  records: z.array(
    z.object({
      fileNo: count,
      file: z.string(),
      line: count,
      eventId: z.string().nullable().describe('The key where it is a single UUID'),
      key: values.describe('The key by field'),
      values: values.nullable().describe('Null without the right to see values'),
    }),
  ),
  missing: count.describe('Records that are not staged any more'),
});

const jobId = z.string().min(1).max(500).describe('The id of the job');
export const jobParams = z.object({ queue: queueName, job: jobId });
export const jobOrder = z.strictObject({ queue: queueName, job: jobId });
export const rejectOrder = jobOrder.extend({
  records: z
    .array(z.strictObject({ fileNo: count.positive(), line: count.positive() }))
    .min(1)
    .max(1_000)
    .optional()
    .describe('As /api/actions/find names them; without it, all that PostgreSQL refuses'),
});
export const retryOrder = z.union([jobOrder, z.strictObject({ group: z.string().regex(/^[0-9a-f]{16}$/) })]);
/** Which records of a batch PostgreSQL refuses. They are tried in a transaction that is rolled back. */
export const found = z.object({
  refused: z.array(
    z.object({
      fileNo: count,
      file: z.string(),
      line: count,
      eventId: z.string().nullable().describe('The key where it is a single UUID'),
      key: values.describe('The key by field'),
      sqlstate: z.string(),
      constraint: z.string().nullable(),
      column: z.string().nullable(),
    }),
  ),
  count: count.describe('How many are refused; not all of them may be named'),
  more: z.boolean().describe('There are more than are named'),
  message: z.string(),
});
