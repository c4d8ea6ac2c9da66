import { setTimeout as delay } from 'node:timers/promises';
import { readBacklog } from '../observe/backlog.ts';
import { type WaitingFiles, waitingOf } from '../observe/fleet.ts';
import type { FeedStores, Stores } from '../stores.ts';
import { isAllSeen } from './awaited-files.ts';

/** `stuck`: nothing has moved for a minute plus the time that files must stay unchanged, or only failed batches are left. */
export type Drained = 'drained' | 'stuck' | 'stopped';

const LOOK_EVERY_MS = 200;
const STUCK_AFTER_MS = 60_000;

/**
 * Waits until every file in the folder is in the table. It asks for the flush of the last, partial micro-batch as soon as nothing
 * more can join it, instead of at the next tick. A watcher and a worker must be running, and no new files may arrive.
 *
 * @param tell is called with the files that the watcher does not read yet
 */
export async function drain(
  stores: FeedStores,
  stopping: AbortSignal,
  tell: (waiting: WaitingFiles) => void = () => undefined,
): Promise<Drained> {
  let before = '';
  let movedAt = performance.now();
  while (!stopping.aborted) {
    const backlog = await readBacklog(stores);
    const waiting = waitingOf(await stores.fleet.members());
    tell(waiting);
    const idle = backlog.parses === 0 && backlog.inserts === 0;
    if (idle && backlog.openFiles === 0 && backlog.stagedChunks === 0 && (await isAllSeen(stores)))
      return 'drained';
    if (idle && backlog.failedInserts > 0 && backlog.openBatches > 0 && backlog.waitingRecords === 0)
      return 'stuck';
    if (backlog.parses === 0 && backlog.waitingRecords > 0) await stores.ticks.askForFlush();
    const now = JSON.stringify(backlog);
    if (now !== before) movedAt = performance.now();
    if (performance.now() - movedAt > STUCK_AFTER_MS + (waiting.files > 0 ? waitsFor(stores) : 0))
      return 'stuck';
    before = now;
    await delay(LOOK_EVERY_MS, undefined, { signal: stopping }).catch(() => undefined);
  }
  return 'stopped';
}

/** How long a file waits at most after its last change, in ms. */
export function waitsFor({ config }: Pick<Stores, 'config'>): number {
  return config.stableFor + config.unfinishedFor;
}
