import { z } from 'zod';
import { count, cursor, time } from './basics.ts';
import { reject } from './rejects.ts';

const commit = z.object({
  commitNo: count,
  feed: z.string(),
  batches: z
    .array(z.string())
    .describe('The micro-batches that were committed together; the counts are of all of them'),
  chunks: count.describe('0: a correction of rejects'),
  records: count,
  inserted: count,
  duplicates: count,
  conflicts: count,
  rejects: count.describe('Negative in a correction'),
  takenAt: time.nullable().describe('When the first of them was taken from staging'),
  committedAt: time,
});

const job = z.object({
  batch: z.string(),
  state: z.enum(['waiting', 'active', 'delayed', 'failed']),
  records: count.nullable(),
  files: z.array(z.string()).describe('At most 5'),
  fileCount: count,
  attempts: count,
  maxAttempts: count,
  takenAt: time,
});

export const batchList = z.object({
  open: z.array(job).describe('Those that are not committed, at most 50 of each state'),
  commits: z.array(commit).describe('Newest first'),
  cursor,
});

export const batchParams = z.object({ batch: z.uuid().describe('The id of the micro-batch') });

export const batchPage = z.object({
  batch: z.string(),
  state: z
    .enum(['committed', 'waiting', 'active', 'delayed', 'failed'])
    .describe('committed: all of it, or the rest is parsed again'),
  records: count.describe('Of its chunks'),
  commits: z.array(commit).describe('One, or more if a part was left for later'),
  chunks: z.array(
    z.object({
      fileNo: count,
      file: z.string(),
      firstLine: count,
      lastLine: count,
      records: count,
      committedAt: time.nullable().describe('Null: not yet'),
    }),
  ),
  timeline: z.array(z.object({ name: z.string(), at: time })),
  job: z
    .object({ attempts: count, maxAttempts: count, reason: z.string().nullable() })
    .nullable()
    .describe('What Redis still knows of it'),
  rejects: z
    .array(reject)
    .nullable()
    .describe('The first of them; null where the dashboard may not read them'),
  moreRejects: z.boolean(),
});
