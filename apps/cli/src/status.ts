import { type Backlog, readBacklog, type Stores } from '@sluice/pipeline';
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
  readonly workers: number;
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
  const [sums, backlog, workers, byEventType, byReject, failed, unseen] = await Promise.all([
    totals(sql),
    readBacklog(stores),
    queues.parse.getWorkersCount(),
    countsOf(sql, 'event_type'),
    countsOf(sql, 'reject'),
    queues.insert.getFailed(0, MOST_BATCHES - 1),
    countUnseen(stores),
  ]);
  const failedBatches = failed.map(({ id, name, failedReason }) => {
    return { batch: id ?? '', content: name, reason: failedReason ?? 'no reason was recorded' };
  });
  return { totals: sums, backlog, workers, byEventType, byReject, failedBatches, unseen };
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
export function judge({ backlog, workers, unseen }: Status): Health {
  const { openFiles, parses, inserts, failedInserts, stagedChunks } = backlog;
  const reasons: string[] = [];
  const work = openFiles > 0 || parses > 0 || inserts > 0 || stagedChunks > 0;
  if (failedInserts > 0) {
    reasons.push(
      `failed batches: ${failedInserts}; mend the reason below, then retry them (their rows are kept)`,
    );
  }
  if (work && workers === 0) reasons.push('no worker runs, but there is work: npm run worker');
  if (unseen > 0) reasons.push(`no watcher has seen ${unseen} of the files in the folder: npm run watcher`);
  if (reasons.length > 0) return { state: 'stuck', reasons };
  return { state: work ? 'running' : 'idle', reasons };
}
