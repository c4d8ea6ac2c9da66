import { findVersions, heldFiles, ledgerFeeds, standstill } from '@sluice/ledger';
import { codeOf } from '@sluice/process';
import { listed, SourceHangs } from '@sluice/source';
import { type FleetMember, QUEUE_NAMES, type QueueName } from '@sluice/staging';
import type { Feed } from '../feed.ts';
import type { FeedStores, Stores } from '../stores.ts';
import { type Backlog, readBacklog } from './backlog.ts';
import { missedExpectations } from './expectations.ts';
import { type FeedFacts, feedFacts } from './feed-facts.ts';
import { type WaitingFiles, waitingOf } from './fleet.ts';

/** The facts that the health is judged by. */
export interface HealthFacts {
  readonly backlog: Backlog;
  /** How many workers BullMQ counts on the parse queue. */
  readonly workers: number;
  /** By how many milliseconds a flush is overdue; 0 when it is not. */
  readonly flushOverdue: number;
  /** For how many ms a file has waited while workers run and nothing at all was committed; 0 while that is not too long. */
  readonly standsFor: number;
  /** Files that a watcher has seen but that are not read yet. */
  readonly waiting: WaitingFiles;
  /** The processes that do not see the source folder as it was registered. */
  readonly blind: readonly Blind[];
  /** What watchers and the ledger say of single feeds. */
  readonly feeds: FeedFacts;
  /** How many files have been in the folder long enough for a watcher to see them, but were not seen by any. */
  readonly unseen: number;
  /** Queues that somebody has paused. */
  readonly paused: readonly QueueName[];
}

/** A process that does not see the source folder that files were registered from, but another one or none. */
export interface Blind {
  readonly role: string;
  readonly host: string;
  readonly feed: string;
  /** Null: it knows no source of the feed. */
  readonly folder: string | null;
  readonly file: string;
  readonly files: number;
  /** The source does not answer. */
  readonly hangs: boolean;
}

/**
 * Reads the facts that the health is judged by, from PostgreSQL, Redis and the folder.
 *
 * @param unseenFiles looks at the folder; a caller that asks often may pass one that caches the answer
 */
export async function readHealthFacts(
  stores: FeedStores,
  unseenFiles: (stores: FeedStores) => Promise<number> = countUnseen,
): Promise<HealthFacts> {
  const { queues, config } = stores;
  const members = await stores.fleet.members();
  const waiting = waitingOf(members);
  const [backlog, workers, standsFor, unseen, paused, { known, missed }, held] = await Promise.all([
    readBacklog(stores),
    queues.workers('parse'),
    standing(stores, members),
    unseenFiles(stores),
    Promise.all(QUEUE_NAMES.map((name) => queues.isPaused(name))),
    feedsAndMissed(stores),
    heldFiles(stores.sql, HELD_TOLD),
  ]);
  return {
    backlog,
    workers,
    flushOverdue: overdue(backlog, config.flushInterval),
    standsFor,
    waiting,
    blind: members.flatMap(({ role, host, notVisible = [] }) =>
      notVisible.map((one) => ({ role, host, ...one })),
    ),
    feeds: feedFacts(members, known, held, missed),
    unseen: Math.max(0, unseen - waiting.files),
    paused: QUEUE_NAMES.filter((_, i) => paused[i]),
  };
}

/** The feeds of the ledger, and those of them whose files have not come. */
async function feedsAndMissed({ sql }: Pick<Stores, 'sql'>) {
  const known = await ledgerFeeds(sql);
  return { known, missed: await missedExpectations(sql, known) };
}

/** A flush is overdue when records wait and the last flush is more than three intervals ago. */
function overdue({ waitingRecords, lastFlush }: Backlog, interval: number): number {
  if (waitingRecords === 0 || lastFlush === null) return 0;
  return Math.max(0, Date.now() - lastFlush.getTime() - 3 * interval);
}

/** How long nothing has to be committed before work counts as standing still. A first pass over a large file takes minutes. */
const STANDS_AFTER_MS = 10 * 60_000;
const STANDS_AFTER_FLUSHES = 10;

/** How long nothing has been committed, without the time before a worker was there; 0 while that is not too long. */
async function standing(
  stores: Pick<Stores, 'config' | 'sql'>,
  members: readonly FleetMember[],
): Promise<number> {
  const since = await standstill(stores.sql);
  if (since === null) return 0;
  const began = members.filter(({ role }) => role === 'worker').map(({ startedAt }) => startedAt);
  const stands = Date.now() - Math.max(since.getTime(), Math.min(...began));
  const limit = Math.max(STANDS_AFTER_MS, STANDS_AFTER_FLUSHES * stores.config.flushInterval);
  return stands > limit ? stands : 0;
}

/**
 * Counts files that no watcher has seen. A watcher looks at every reconcile interval and waits until a file is stable. A file
 * that is still unseen after twice that time is not there by chance.
 */
export async function countUnseen(stores: Pick<FeedStores, 'config' | 'feeds' | 'sql'>): Promise<number> {
  const inUse = (await ledgerFeeds(stores.sql)).filter(
    ({ retiredAt, asideAt }) => retiredAt === null && asideAt === null,
  );
  let unseen = 0;
  for (const { feed: name } of inUse) {
    const feed = stores.feeds.get(name);
    if (feed !== undefined) unseen += await unseenOf(feed, stores);
  }
  return unseen;
}

async function unseenOf(
  { source, checkpoint }: Feed,
  { config, sql }: Pick<FeedStores, 'config' | 'sql'>,
): Promise<number> {
  const files = await listed(source).catch((error: unknown) => {
    // No watcher has created the folder yet, or this process has no permission to read it.
    if (['ENOENT', 'EACCES'].includes(codeOf(error)) || error instanceof SourceHangs) return [];
    throw error;
  });
  const due = Date.now() - 2 * (config.reconcileInterval + config.stableFor);
  const old = files.filter(({ landedAt }) => landedAt < due);
  const seen = await checkpoint.has(old);
  const missed = old.filter((_, i) => !seen[i]);
  return missed.length - (await findVersions(sql, missed)).length;
}

const HELD_TOLD = 5;
