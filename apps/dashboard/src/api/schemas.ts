import { z } from 'zod';

/**
 * Every answer of the API, and what may be asked. Names are camelCase, times ISO 8601 in UTC, ages and latencies seconds, sizes bytes,
 * rates a second. The routes stand in {@link file://./routes.ts}; the OpenAPI document is made from both.
 *
 * | GET | answer |
 * |---|---|
 * | /api/overview?range | overview |
 * | /api/series?range | series |
 * | /api/fleet | fleet |
 * | /api/files?search&state&cursor | fileList |
 * | /api/files/{fileNo} | filePage |
 * | /api/rejects?file&reason&since&cursor | rejectList |
 * | /api/quarantine?cursor | quarantineList |
 * | /api/conflicts?file&cursor | conflictList |
 * | /api/events/{id} | passport |
 * | /api/failures | failures |
 * | /api/failures/{queue}/{job} | failurePage |
 * | /api/failures/{queue}/{job}/records | batchRecords |
 * | /api/queues | queues |
 * | /api/audit?cursor | auditList |
 * | /api/session | session |
 * | /api/openapi.json | the document |
 *
 * | POST (operator; header `x-sluice-csrf` with the session's token) | body | answer |
 * |---|---|---|
 * | /api/actions/retry | retryOrder | done |
 * | /api/actions/replay | replayOrder | done |
 * | /api/actions/pause, /api/actions/resume | queueOrder | done |
 * | /api/actions/find | jobOrder | found |
 *
 * Each may answer `failure` instead: 400 wrong question, 401 not logged in, 403 not allowed, 404 not there, 409 cannot be done now,
 * 429 too many, 503 a server is away (`since`). Only /api/overview answers while servers are away: with null for
 * what it could not ask.
 */
const time = z.iso.datetime({ precision: 3 });
const count = z.number().int();
const seconds = z.number();
const bytes = z.number().int();
const cursor = z.string().nullable().describe('Of the next page; null at the end');

export const ranges = ['15m', '1h', '6h', '24h', '7d'] as const;
export const rangeSchema = z.enum(ranges).default('1h');
export const queueName = z.enum(['parse', 'flush', 'insert']);

export const failure = z.object({
  error: z.object({
    code: z.string().describe('Such as not_found, forbidden, postgres_away, redis_away'),
    message: z.string(),
    hint: z.string().nullable().describe('What to do'),
    since: time.nullable().describe('Of an outage'),
  }),
});

/** One of the two servers as the dashboard sees it. */
const server = z.object({
  up: z.boolean(),
  since: time.describe('Since when it is up, or away'),
  reason: z.string().nullable(),
});

const health = z.object({
  state: z.enum(['running', 'idle', 'stuck']),
  reasons: z.array(
    z.object({
      code: z.enum(['outage', 'failed_batches', 'no_workers', 'flush_overdue', 'unseen_files', 'paused']),
      text: z.string().describe('One sentence: what is wrong and what to do'),
    }),
  ),
  since: time.describe('Since when the dashboard has seen this state'),
  oldestWaitingSeconds: seconds.nullable(),
  nextFlushSeconds: seconds.nullable(),
});

const named = z.object({ name: z.string(), count, share: z.number().describe('0 to 1') });

const totals = z.object({
  files: z.object({ all: count, closed: count, open: count, gone: count, quarantined: count, same: count }),
  records: count,
  inserted: count,
  undone: count.describe('Of the inserted rows, those that an undo has removed'),
  duplicates: z.object({ all: count, withinChunk: count, ofCommitted: count, conflicts: count }),
  rejects: z.object({ all: count, nullEventId: count, byReason: z.array(named) }),
  batches: count,
  lastCommit: time.nullable(),
});

const latency = z.object({ p50: seconds.nullable(), p95: seconds.nullable(), p99: seconds.nullable() });

/** What was committed in the range. Latency: of the files completed in it, from landed to committed. */
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

export const stageNames = ['landed', 'stable', 'queued', 'parsed', 'waiting for flush', 'committed'] as const;

const waterfall = z.object({
  stages: z.array(
    z.object({
      name: z.enum(stageNames),
      about: z.string().describe('From what to what'),
      median: seconds,
      p95: seconds,
      share: z.number().describe('Of the sum of all means, 0 to 1'),
    }),
  ),
  dominant: z.enum(stageNames).nullable().describe('The stage with the largest share'),
  chunks: count.describe('Looked at'),
  sampled: z.boolean().describe('True where there were more than could be looked at'),
});

const database = z.object({
  rows: count,
  rowsPerSecond: z.number().describe('Inserted, over the last minute'),
  latestEventTimestamp: time.nullable(),
  byEventType: z.array(named),
  tableBytes: bytes,
  indexBytes: bytes,
  bytesPerRow: z.number().nullable(),
  connections: z.object({ sluice: count, all: count, limit: count }),
});

const forecast = z.object({
  clearsAt: time.nullable().describe('When what is there now is loaded, at the present pace'),
  workers: count,
  recordsPerSecond: z.number().nullable(),
  remainingRecords: count.nullable().describe('An estimate, from the sizes of the files'),
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

const host = z.object({
  host: z.string(),
  processes: count,
  cpus: count.nullable(),
  cpuPercent: z.number().nullable().describe('Of all its processors, 0 to 100'),
  memoryBytes: bytes.nullable(),
  memoryUsedBytes: bytes.nullable(),
  receivedMbps: z.number().nullable(),
  sentMbps: z.number().nullable(),
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

const column = z.array(z.number().nullable());

/** Columns for uPlot: every one as long as `time`. Null where there is no data. */
export const series = z.object({
  from: time,
  to: time,
  stepSeconds: count,
  time: z.array(z.number()).describe('Begin of each step, in seconds since 1970'),
  readPerSecond: column,
  insertedPerSecond: column,
  rejectsPerSecond: column,
  duplicatesPerSecond: column,
  batches: column,
  latencyP50: column,
  latencyP95: column,
  latencyP99: column,
  marks: z
    .array(
      z.object({
        time: z.number().describe('In seconds since 1970'),
        kind: z.enum(['flush', 'start']).describe('start: a process of the fleet began'),
        text: z.string(),
      }),
    )
    .describe('At most 100'),
});

export const fleet = z.object({
  at: time,
  processes: z.array(
    z.object({
      id: z.string(),
      role: z.string(),
      host: z.string(),
      pid: count,
      version: z.string(),
      startedAt: time,
      uptimeSeconds: seconds,
      busy: count,
      concurrency: count,
      lastSeenSeconds: seconds,
      silent: z.boolean().describe('Three heartbeats are missing'),
      cpuPercent: z.number().nullable().describe('Of one processor; more than 100 with several threads'),
      memoryBytes: bytes.nullable(),
      heapBytes: bytes.nullable(),
      eventLoopP99Ms: z.number().nullable().describe('Since the heartbeat before'),
      eventLoopMaxMs: z.number().nullable(),
    }),
  ),
  hosts: z.array(host),
});

export const fileStates = ['open', 'closed', 'quarantined', 'gone', 'same', 'undone'] as const;
const fileState = z.enum(fileStates);

const fileBrief = z.object({
  fileNo: count,
  name: z.string(),
  state: fileState,
  generation: count.describe('0, or how often it was read again'),
  bytes: bytes.nullable(),
  landedAt: time,
  closedAt: time.nullable(),
  records: count,
  inserted: count,
  duplicates: count,
  conflicts: count,
  rejects: count,
  quarantine: z.string().nullable(),
});

export const fileList = z.object({ files: z.array(fileBrief), cursor });

const span = z.object({
  fileNo: count,
  file: z.string(),
  firstLine: count,
  lastLine: count,
  records: count,
});

const reject = z.object({
  fileNo: count,
  file: z.string(),
  line: count,
  column: z.string().nullable(),
  reason: z.string(),
  expected: z.string(),
  raw: z.string().describe('The record as it stood in the file'),
  resubmittedAt: time.nullable(),
  resubmittedAs: z.string().nullable(),
});

export const filePage = z.object({
  file: fileBrief.extend({
    contentHash: z.string().nullable(),
    sameAs: count.nullable(),
    total: count.nullable(),
    lastLine: count.nullable(),
    undone: count,
    undoneAt: time.nullable(),
    duplicatesInChunk: count,
    quarantineDetail: z.string().nullable(),
    quarantineWords: z.string().nullable().describe('What the reason means'),
    goneWhy: z.string().nullable(),
    detailState: z.enum(['kept', 'dropping', 'dropped']),
    balanced: z.boolean().describe('records = inserted + duplicates + rejects (I1)'),
  }),
  timeline: z
    .array(z.object({ name: z.string(), at: time, seconds: seconds.describe('Since the one before') }))
    .describe('landed, stable, registered, queued, parsed, staged, committed (first and last), closed'),
  batches: z.array(
    z.object({
      batchId: z.string(),
      chunks: count,
      records: count,
      firstLine: count,
      lastLine: count,
      committedAt: time,
    }),
  ),
  moreBatches: z.boolean(),
  rejects: z.array(reject).describe('The first of them; the others by /api/rejects?file='),
  moreRejects: z.boolean(),
  versions: z.array(z.object({ fileNo: count, generation: count, landedAt: time, state: fileState })),
});

export const rejectList = z.object({
  rejects: z.array(reject),
  reasons: z.array(z.object({ name: z.string(), count, means: z.string() })).describe('Of all files'),
  cursor,
});

export const quarantineList = z.object({
  files: z.array(
    z.object({
      fileNo: count,
      name: z.string(),
      reason: z.string(),
      means: z.string(),
      detail: z.string().nullable(),
      lastLine: count.nullable(),
      records: count,
      rows: count,
      rejects: count,
      closedAt: time.nullable(),
      correctedBy: count.nullable(),
    }),
  ),
  cursor,
});

const values = z.object({
  event_type: z.string().nullable(),
  product_id: z.string().nullable(),
  user_id: z.string().nullable(),
  event_timestamp: z.string().nullable(),
  quantity: z.number().nullable(),
  price: z.string().nullable(),
});

export const conflictList = z.object({
  conflicts: z.array(
    z.object({
      fileNo: count,
      file: z.string(),
      line: count,
      eventId: z.string(),
      offered: values,
      kept: values.nullable(),
      differs: z.array(z.string()).describe('Names of the columns that differ'),
    }),
  ),
  cursor,
});

/** Where a row came from; or, with `row` null, what the ledger knows of an id that is not there. */
export const passport = z.object({
  id: z.string(),
  row: values.extend({ event_id: z.string(), created_at: z.string().nullable() }).nullable(),
  batch: z.object({ id: z.string(), committedAt: time }).nullable(),
  origin: z
    .object({
      fileNo: count,
      file: z.string(),
      line: count,
      certain: z.boolean().describe('False where another file of the batch cannot be read any more'),
    })
    .nullable(),
  files: z.array(
    z.object({
      fileNo: count,
      file: z.string(),
      lines: z.array(z.tuple([count, count])),
      records: count,
      readable: z.boolean(),
    }),
  ),
  mentions: z.array(
    z.object({
      kind: z.enum(['conflict', 'reject']),
      fileNo: count,
      file: z.string(),
      line: count,
      reason: z.string().nullable(),
      expected: z.string().nullable(),
    }),
  ),
  corrections: z.array(
    z.object({
      fileNo: count,
      file: z.string(),
      line: count,
      reason: z.string(),
      at: time,
      origin: z.boolean(),
    }),
  ),
  undoneFiles: z.array(z.object({ fileNo: count, file: z.string(), rows: count })),
  openFiles: count.nullable(),
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

/** The records of a batch, as they are staged. */
export const batchRecords = z.object({
  batch: z.string(),
  records: z.array(
    z.object({
      fileNo: count,
      file: z.string(),
      line: count,
      eventId: z.string(),
      values,
    }),
  ),
  missing: count.describe('Records that are not staged any more'),
});

export const queues = z.object({
  queues: z.array(
    z.object({
      queue: queueName,
      paused: z.boolean(),
      waiting: count,
      active: count,
      delayed: count,
      failed: count,
      completed: count.describe('Those that are still kept'),
      workers: count,
      board: z.string(),
    }),
  ),
});

export const auditList = z.object({
  entries: z.array(
    z.object({
      auditNo: count,
      action: z.string(),
      subject: z.string(),
      detail: z.record(z.string(), z.unknown()),
      doneBy: z.string(),
      doneAt: time,
    }),
  ),
  cursor,
});

export const session = z.object({
  user: z.string(),
  role: z.enum(['operator', 'viewer']),
  readOnly: z.boolean().describe('DASHBOARD_READ_ONLY'),
  mayAct: z.boolean(),
  loggedIn: z.boolean().describe('False where no users are configured: there is nothing to log out of'),
  csrf: z.string().describe('The value of the header x-sluice-csrf'),
  version: z.string(),
  alerts: z.boolean().describe('ALERT_WEBHOOK is set'),
  eventsTable: z.string(),
  sourceDir: z.string(),
});

const jobId = z.string().min(1).max(500);
export const jobParams = z.object({ queue: queueName, job: jobId });
export const jobOrder = z.strictObject({ queue: queueName, job: jobId });
export const retryOrder = z.union([jobOrder, z.strictObject({ group: z.string().regex(/^[0-9a-f]{16}$/) })]);
export const replayOrder = z.strictObject({ file: z.number().int().positive().describe('Its fileNo') });
export const queueOrder = z.strictObject({ queue: queueName });

export const done = z.object({
  changed: count.describe('0: it was so already'),
  message: z.string(),
});

/** Which records of a batch PostgreSQL refuses, tried in a transaction that is taken back. */
export const found = z.object({
  refused: z.array(
    z.object({
      fileNo: count,
      file: z.string(),
      line: count,
      eventId: z.string(),
      sqlstate: z.string(),
      constraint: z.string().nullable(),
      column: z.string().nullable(),
    }),
  ),
  more: z.boolean().describe('There are more than are named'),
  message: z.string(),
});

export const fileNoParam = z.coerce.number().int().positive();
export const pageQuery = z.object({ cursor: z.string().max(60).optional() });
export const rangeQuery = z.object({ range: rangeSchema });
export const filesQuery = pageQuery.extend({
  search: z.string().max(255).optional().describe('A part of the name'),
  state: fileState.optional(),
});
export const rejectsQuery = pageQuery.extend({
  file: fileNoParam.optional(),
  reason: z.string().max(60).optional(),
  since: z.iso.datetime({ offset: true }).optional().describe('Of the commit'),
});
export const conflictsQuery = pageQuery.extend({ file: fileNoParam.optional() });
