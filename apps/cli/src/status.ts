import { type Backlog, readBacklog, readFleet, type Stores } from '@sluice/pipeline';
import { countsOf, type Totals, totals } from '@sluice/postgres';

/** A failed micro-batch: its rows are kept, and it can be tried again. */
interface FailedBatch {
  readonly batch: string;
  readonly content: string;
  readonly reason: string;
}

/** All that `status` shows. */
export interface Status {
  readonly totals: Totals;
  readonly backlog: Backlog;
  /** BullMQ's workers on the parse queue. */
  readonly workers: number;
  /** The processes, by their heartbeats. */
  readonly fleet: Awaited<ReturnType<typeof readFleet>>;
  /** Milliseconds that a flush is overdue by, if it is. */
  readonly flushOverdue: number;
  readonly byEventType: readonly { name: string; count: number }[];
  readonly byReject: readonly { name: string; count: number }[];
  /** The latest ones only; `backlog.failedInserts` counts all. */
  readonly failedBatches: readonly FailedBatch[];
  /** Files that lie in the folder long enough for a watcher to have seen them, but that none has. */
  readonly unseen: number;
}

export interface Health {
  readonly state: 'running' | 'idle' | 'stuck';
  /** Why it is stuck, and what to do, one sentence each. */
  readonly reasons: readonly string[];
}

const MOST_BATCHES = 5;

/** Reads the state from PostgreSQL, Redis and the folder. */
export async function readStatus(stores: Stores): Promise<Status> {
  const { sql, queues } = stores;
  const [sums, backlog, workers, fleet, byEventType, byReject, failed, unseen] = await Promise.all([
    totals(sql),
    readBacklog(stores),
    queues.parse.getWorkersCount(),
    readFleet(stores),
    countsOf(sql, 'event_type'),
    countsOf(sql, 'reject'),
    queues.insert.getFailed(0, MOST_BATCHES - 1),
    countUnseen(stores),
  ]);
  const failedBatches = failed.map(({ id, name, failedReason }) => {
    return { batch: id ?? '', content: name, reason: failedReason ?? 'no reason was recorded' };
  });
  const flushOverdue = overdue(backlog, stores.config.flushInterval);
  return {
    totals: sums,
    backlog,
    workers,
    fleet,
    flushOverdue,
    byEventType,
    byReject,
    failedBatches,
    unseen,
  };
}

/** Records wait, and the last flush is three intervals ago. */
function overdue({ waitingRecords, lastFlush }: Backlog, interval: number): number {
  if (waitingRecords === 0 || lastFlush === null) return 0;
  return Math.max(0, Date.now() - lastFlush.getTime() - 3 * interval);
}

/** A watcher looks at every interval and waits until a file is stable; twice that is no accident any more. */
async function countUnseen({ folder, checkpoint, ledger, config }: Stores): Promise<number> {
  const { files } = await folder.list().catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return { files: [] }; // No watcher has made it yet.
    throw error;
  });
  const due = Date.now() - 2 * (config.reconcileInterval + config.stableFor);
  const old = files.filter(({ landedAt }) => landedAt < due);
  const seen = await checkpoint.has(old);
  const missed = old.filter((_, i) => !seen[i]);
  return missed.length - (await ledger.find(missed)).length;
}

/** Judges a state: what needs a person, and otherwise whether there is anything to do. */
export function judge({ backlog, workers, unseen, flushOverdue }: Status): Health {
  const { openFiles, parses, inserts, failedInserts, stagedChunks } = backlog;
  const reasons: string[] = [];
  const work = openFiles > 0 || parses > 0 || inserts > 0 || stagedChunks > 0;
  if (failedInserts > 0) {
    reasons.push(
      `failed batches: ${failedInserts}; mend the reason below, then retry them (their rows are kept)`,
    );
  }
  if (work && workers === 0) reasons.push('no worker runs, but there is work: npm run worker');
  if (flushOverdue > 0 && workers > 0) {
    reasons.push('records wait for a flush that does not come: look into the log of the workers');
  }
  if (unseen > 0) reasons.push(`no watcher has seen ${unseen} of the files in the folder: npm run watcher`);
  if (reasons.length > 0) return { state: 'stuck', reasons };
  return { state: work ? 'running' : 'idle', reasons };
}
