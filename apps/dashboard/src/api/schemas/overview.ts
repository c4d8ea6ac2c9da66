import { z } from 'zod';
import { bytes, count, named, ranges, seconds, time } from './basics.ts';
import { feedState } from './feeds.ts';
import { host } from './fleet.ts';

/** One of the two servers as the dashboard sees it. */
const server = z.object({
  up: z.boolean(),
  since: time.describe('Since when it is up, or away'),
  reason: z.string().nullable(),
});

/** The page takes its types from here, so the codes of the pipeline are listed once more. The answer is checked against its type. */
const reasonCode = z.enum([
  'outage',
  'failed_batches',
  'no_workers',
  'source_not_visible',
  'flush_overdue',
  'standstill',
  'unseen_files',
  'paused',
  'newer_version',
  'feed_aside',
  'feed_yaml_wrong',
  'feed_yaml_outdated',
  'feed_files_ambiguous',
  'file_quarantined',
  'file_rejected',
  'lines_swallowed',
  'file_unreadable',
  'process_missed',
  'no_watcher',
  'expectation_missed',
]);

const told = {
  subject: z.string().describe('What it is about: a file, a feed, a process; empty for the whole pipeline'),
  text: z.string().describe('What is wrong, and why'),
  todo: z.string().describe('What to do'),
  feed: z.string().optional().describe('The feed that it is about, if it is about one'),
};

const health = z.object({
  state: z.enum(['running', 'idle', 'attention', 'stuck']).describe('The worst level of the reasons'),
  doing: z.enum(['running', 'idle']).describe('What it does, whatever needs a person'),
  reasons: z
    .array(
      z.object({
        code: reasonCode,
        level: z.enum(['stuck', 'attention']),
        version: z.string().describe('Which occasion of it, for /api/actions/ack'),
        ...told,
      }),
    )
    .describe('Why a person is needed: what is stuck comes first'),
  notices: z
    .array(z.object({ code: z.enum(['feed_files_unclaimed', 'files_held']), ...told }))
    .describe('What a person may want to know, though nobody is needed'),
  since: time.describe('Since when the dashboard has seen this state'),
  oldestWaitingSeconds: seconds.nullable(),
  nextFlushSeconds: seconds.nullable(),
});

const totals = z.object({
  files: z.object({
    all: count,
    closed: count.describe('Closed in any way: complete, quarantined, same or undone'),
    complete: count,
    open: count,
    gone: count,
    held: count,
    quarantined: count,
    same: count,
    undone: count,
  }),
  records: count.describe('Read, including those of files that were read again'),
  inserted: count,
  undone: count.describe('Of the inserted rows, those that an undo has removed'),
  duplicates: z.object({ all: count, withinChunk: count, ofCommitted: count, conflicts: count }),
  rejects: z.object({
    all: count.describe('The sum of byReason'),
    nullEventId: count,
    byReason: z.array(named),
    readAgain: count.describe('Those of versions that were read again since, which count with the later one'),
  }),
  batches: count,
  lastCommit: time.nullable(),
});

const latency = z.object({ p50: seconds.nullable(), p95: seconds.nullable(), p99: seconds.nullable() });
/** What was committed in the range. Latency is the time from landed to committed, for files completed in the range. */
const inRange = z.object({
  from: time,
  to: time,
  batches: count,
  records: count,
  inserted: count,
  duplicates: count,
  rejects: count,
  files: count.describe('Completed'),
  latency,
});

export const stageNames = [
  'landed',
  'stable',
  'queued',
  'reading',
  'parsed',
  'waiting for flush',
  'committed',
] as const;
const waterfall = z.object({
  stages: z.array(
    z.object({
      name: z.enum(stageNames),
      about: z.string().describe('From what to what'),
      median: seconds,
      p95: seconds,
      share: z.number().describe('Of the sum of the medians, 0 to 1'),
      shareOfAll: z.number().describe('Of the time of all chunks together, 0 to 1'),
    }),
  ),
  dominant: z.enum(stageNames).nullable().describe('The stage with the largest share'),
  dominantOfAll: z
    .enum(stageNames)
    .nullable()
    .describe('The stage with the largest shareOfAll: another one where a few chunks took far longer'),
  chunks: count.describe('Looked at'),
  sampled: z.boolean().describe('True where there were more than could be looked at'),
});

const database = z.object({
  rows: count.describe('Loaded by Sluice and not undone; what others did to the table is not in it'),
  rowsPerSecond: z.number().describe('Inserted, over the last minute'),
  table: z.string().nullable().describe('Its name; null where the figures are those of several tables'),
  time: z.string().nullable().describe('The field that says when it happened'),
  latestEventTimestamp: time.nullable().describe('The latest value of that field'),
  countBy: z
    .string()
    .nullable()
    .describe('The field that rows are counted by; "feed" where they are of several feeds'),
  byEventType: z.array(named).describe('Rows by the values of that field; they add up to rows'),
  tableBytes: bytes.nullable().describe('Null where the table is not there, or may not be read'),
  indexBytes: bytes.nullable(),
  bytesPerRow: z.number().nullable(),
  connections: z.object({ sluice: count, all: count, limit: count }).nullable(),
});

const forecast = z.object({
  state: z
    .enum(['nothing', 'clears', 'unknown', 'stopped'])
    .describe('Nothing waits; it clears; the pace is not known; or it does not clear without a person'),
  clearsAt: time.nullable().describe('When what is there now is loaded, at the present pace'),
  workers: count,
  recordsPerSecond: z.number().nullable(),
  remainingRecords: count
    .nullable()
    .describe('An estimate, from the sizes of the files, without the records of failed batches'),
  why: z.string().describe('The forecast in words, or why there is none'),
});

const backlog = z.object({
  files: count,
  parseJobs: count,
  insertJobs: count,
  stagedRecords: count.describe('Wait for a flush'),
  stagedChunks: count,
  stagedBytes: bytes,
  stagedBytesLimit: bytes,
  openBatches: count,
  lastFlush: time.nullable(),
});

const redis = z.object({
  version: z.string(),
  usedBytes: bytes,
  limitBytes: bytes.describe('0: no limit'),
  evictionPolicy: z.string(),
  writeFailed: z.boolean(),
});

export const overview = z.object({
  at: time,
  range: z.enum(ranges),
  feed: z
    .string()
    .nullable()
    .describe('The feed that totals, inRange, waterfall and database are of; null: all'),
  feeds: z
    .array(
      z.object({
        name: z.string(),
        state: feedState,
        table: z.string(),
        key: z.array(z.string()),
        source: z.string().nullable(),
      }),
    )
    .nullable()
    .describe('All feeds; null while PostgreSQL is away'),
  servers: z.object({ postgres: server, redis: server }),
  health,
  totals: totals.nullable(),
  inRange: inRange.nullable(),
  now: z
    .object({ readPerSecond: z.number().nullable(), insertedPerSecond: z.number() })
    .nullable()
    .describe('Over the last minute'),
  waterfall: waterfall.nullable(),
  database: database.nullable(),
  backlog: backlog.nullable(),
  forecast: forecast.nullable(),
  failed: z.object({ batches: count, records: count, files: count.describe('Failed parse jobs') }).nullable(),
  redis: redis.nullable(),
  hosts: z.array(host).nullable(),
  fleet: z.object({ workers: count, watchers: count, processes: count, silent: count }).nullable(),
});
