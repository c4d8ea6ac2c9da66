import { totals } from '@sluice/ledger';
import type { Stores } from '../stores.ts';

/** What is on its way. Counts of jobs include those that wait for another attempt. */
export interface Backlog {
  /** File versions that the ledger knows and that are not complete. */
  readonly openFiles: number;
  readonly oldestOpen: Date | null;
  readonly parses: number;
  readonly inserts: number;
  readonly failedInserts: number;
  readonly failedParses: number;
  /** Records in staging that no micro-batch holds yet. */
  readonly waitingRecords: number;
  readonly stagedChunks: number;
  readonly stagedBytes: number;
  readonly openBatches: number;
  /** Staged chunks that only a worker of a newer version can commit. */
  readonly newerChunks: number;
  /** When all that was staged was last taken into micro-batches. */
  readonly lastFlush: Date | null;
}

/** Reads the backlog from the ledger and from Redis. */
export async function readBacklog({ sql, staging, queues }: Stores): Promise<Backlog> {
  const alive = ['wait', 'active', 'delayed', 'prioritized'] as const;
  const [ledger, staged, lastFlush, parse, insert] = await Promise.all([
    totals(sql),
    staging.size(),
    staging.lastFlush(),
    queues.parse.getJobCounts(...alive, 'failed'),
    queues.insert.getJobCounts(...alive, 'failed'),
  ]);
  const sum = (counts: Record<string, number>) =>
    alive.reduce((total, state) => total + (counts[state] ?? 0), 0);
  return {
    openFiles: ledger.open,
    oldestOpen: ledger.oldestOpen,
    parses: sum(parse),
    inserts: sum(insert),
    failedInserts: insert.failed ?? 0,
    failedParses: parse.failed ?? 0,
    waitingRecords: staged.waiting,
    stagedChunks: staged.chunks,
    stagedBytes: staged.bytes,
    openBatches: staged.batches,
    newerChunks: staged.newer,
    lastFlush: lastFlush === undefined ? null : new Date(lastFlush),
  };
}
