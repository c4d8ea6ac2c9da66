import { setTimeout as delay } from 'node:timers/promises';
import { isKnown, recognise, versionKey } from '@sluice/core';
import { totals } from '@sluice/postgres';
import type { FlushJob } from '@sluice/redis';
import { compareSources } from './compare-sources.ts';
import { readFleet, waitingOf } from './heartbeat.ts';
import type { WaitingFiles } from './stable-files.ts';
import type { Stores } from './stores.ts';

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

/** `stuck`: nothing has moved for a minute, and for as long as files have to be unchanged, or only failed batches are left. */
export type Drained = 'drained' | 'stuck' | 'stopped';

const LOOK_EVERY_MS = 200;
const STUCK_AFTER_MS = 60_000;

/**
 * Waits until every file in the folder is in the table, and has the last, partial micro-batch flushed as soon as nothing
 * more can join it, instead of at the next tick. Needs a watcher and a worker at work, and that no new files come.
 *
 * @param tell hears of the files that the watcher does not read yet
 */
export async function drain(
  stores: Stores,
  stopping: AbortSignal,
  tell: (waiting: WaitingFiles) => void = () => undefined,
): Promise<Drained> {
  let before = '';
  let movedAt = performance.now();
  while (!stopping.aborted) {
    const backlog = await readBacklog(stores);
    const waiting = waitingOf(await readFleet(stores));
    tell(waiting);
    const idle = backlog.parses === 0 && backlog.inserts === 0;
    if (idle && backlog.openFiles === 0 && backlog.stagedChunks === 0 && (await isAllSeen(stores)))
      return 'drained';
    if (idle && backlog.failedInserts > 0 && backlog.openBatches > 0 && backlog.waitingRecords === 0)
      return 'stuck';
    if (backlog.parses === 0 && backlog.waitingRecords > 0) await flushNow(stores);
    const now = JSON.stringify(backlog);
    if (now !== before) movedAt = performance.now();
    if (performance.now() - movedAt > STUCK_AFTER_MS + (waiting.files > 0 ? waitsFor(stores) : 0))
      return 'stuck';
    before = now;
    await delay(LOOK_EVERY_MS, undefined, { signal: stopping }).catch(() => undefined);
  }
  return 'stopped';
}

/** How long a file waits at most once it does not change any more, in ms. */
export function waitsFor({ config }: Pick<Stores, 'config'>): number {
  return config.stableFor + config.unfinishedFor;
}

/** Asks the workers for a flush of all that is staged, unless such a request waits already. */
async function flushNow({ queues }: Stores): Promise<void> {
  const data: FlushJob = { v: 1, mode: 'all' };
  await queues.flush.add('flush', data, { deduplication: { id: 'now' } });
}

/** True when every file in the folder is a version that the ledger has closed. The checkpoint only says when to ask it. */
async function isAllSeen(stores: Stores): Promise<boolean> {
  const { folder, ledger, checkpoint } = stores;
  const { files } = await folder.list();
  const seen = await checkpoint.has(files);
  const missed = files.filter((_, i) => !seen[i]);
  const known = new Map((await ledger.find(missed)).map((version) => [versionKey(version), version]));
  const loaded = missed.every((file) => {
    const version = known.get(versionKey(file));
    return version?.closed === true && isKnown(recognise(version, file));
  });
  if (!loaded) return false;
  const { open, onTheirWay, hidden } = await compareSources(stores);
  return open + onTheirWay === 0 && hidden.every(({ why }) => why === 'unreadable');
}
