import { totals } from '@sluice/ledger';
import type { Stores } from '../stores.ts';

/** The work that is not finished. Counts of jobs include those that wait for another attempt. */
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
  readonly lastCommit: Date | null;
  /** When a flush last took everything that was staged. */
  readonly lastFlush: Date | null;
}

/** Reads the backlog from the ledger and from Redis. */
export async function readBacklog({
  sql,
  staging,
  queues,
}: Pick<Stores, 'sql' | 'staging' | 'queues'>): Promise<Backlog> {
  const [ledger, staged, lastFlush, parse, insert] = await Promise.all([
    totals(sql),
    staging.size(),
    staging.lastFlush(),
    queues.counts('parse'),
    queues.counts('insert'),
  ]);
  return {
    openFiles: ledger.open,
    oldestOpen: ledger.oldestOpen,
    parses: parse.alive,
    inserts: insert.alive,
    failedInserts: insert.failed,
    failedParses: parse.failed,
    waitingRecords: staged.waiting,
    stagedChunks: staged.chunks,
    stagedBytes: staged.bytes,
    openBatches: staged.batches,
    newerChunks: staged.newer,
    lastCommit: ledger.lastCommit,
    lastFlush: lastFlush === undefined ? null : new Date(lastFlush),
  };
}
