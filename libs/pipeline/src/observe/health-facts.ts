import { versionKey } from '@sluice/core';
import { type Ack, findVersions, heldFiles, ledgerFeeds, listAcks, standstill } from '@sluice/ledger';
import { listed, SourceAway } from '@sluice/source';
import { type FleetMember, QUEUE_NAMES, type QueueName } from '@sluice/staging';
import type { Feed } from '../feed.ts';
import type { FeedStores, Stores } from '../stores.ts';
import { type Backlog, readBacklog } from './backlog.ts';
import { missedExpectations } from './expectations.ts';
import { type FeedFacts, feedFacts } from './feed-facts.ts';
import { type FileNeeds, readFileNeeds } from './file-needs.ts';
import { type WaitingFiles, waitingOf } from './fleet.ts';
import { type ProcessFacts, readProcesses } from './process-needs.ts';

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
  /** How many files lie in the folders that the ledger does not know, for whatever time. */
  readonly unknown: number;
  /** Queues that somebody has paused. */
  readonly paused: readonly QueueName[];
  /** Files that were not loaded as somebody wanted. */
  readonly files: FileNeeds;
  readonly processes: ProcessFacts;
  /** What was acknowledged, without what the rows of files and processes say. */
  readonly acks: readonly Ack[];
}

/** Files that lie in the folders of feeds in use. */
interface InFolders {
  readonly unseen: number;
  readonly unknown: number;
}

/** The looks at folders. Who judges often may cache them. */
export interface FolderLooks {
  unseen(stores: FeedStores): Promise<InFolders>;
  files(stores: FeedStores): Promise<FileNeeds>;
}

const LOOKS: FolderLooks = { unseen: countUnseen, files: readFileNeeds };

/** A process that does not see the source folder that files were registered from, but another one or none. */
export interface Blind {
  readonly role: string;
  readonly host: string;
  readonly feed: string;
  /** Null: it knows no source of the feed. */
  readonly folder: string | null;
  readonly file: string;
  readonly files: number;
  /** The source cannot be asked. */
  readonly hangs: boolean;
  /** What it says, and what to do; undefined when it only does not answer. */
  readonly why?: string | undefined;
  readonly hint?: string | undefined;
}

/**
 * Reads the facts that the health is judged by, from PostgreSQL, Redis and the folder.
 *
 * @param looks look at the folders; a caller that asks often may pass some that cache the answers
 */
export async function readHealthFacts(stores: FeedStores, looks: FolderLooks = LOOKS): Promise<HealthFacts> {
  const { queues, config } = stores;
  const members = await stores.fleet.members();
  const waiting = waitingOf(members);
  const [backlog, workers, standsFor, lying, paused, { known, missed }, held, files, processes, acks] =
    await Promise.all([
      readBacklog(stores),
      queues.workers('parse'),
      standing(stores, members),
      looks.unseen(stores),
      Promise.all(QUEUE_NAMES.map((name) => queues.isPaused(name))),
      feedsAndMissed(stores),
      heldFiles(stores.sql, HELD_TOLD),
      looks.files(stores),
      readProcesses(stores, members),
      listAcks(stores.sql),
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
    unseen: Math.max(0, lying.unseen - waiting.files),
    unknown: lying.unknown,
    paused: QUEUE_NAMES.filter((_, i) => paused[i]),
    files,
    processes,
    acks,
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
export async function countUnseen(stores: Pick<FeedStores, 'config' | 'feeds' | 'sql'>): Promise<InFolders> {
  const inUse = (await ledgerFeeds(stores.sql)).filter(
    ({ retiredAt, asideAt }) => retiredAt === null && asideAt === null,
  );
  const sum = { unseen: 0, unknown: 0 };
  for (const { feed: name } of inUse) {
    const feed = stores.feeds.get(name);
    if (feed === undefined) continue;
    const { unseen, unknown } = await unseenOf(feed, stores);
    sum.unseen += unseen;
    sum.unknown += unknown;
  }
  return sum;
}

async function unseenOf(
  { source, checkpoint }: Feed,
  { config, sql }: Pick<FeedStores, 'config' | 'sql'>,
): Promise<InFolders> {
  // The heartbeat of the watcher says what lies there.
  if (source.traits.remote) return { unseen: 0, unknown: 0 };
  const files = await listed(source).catch((error: unknown) => {
    // No watcher has made the source yet, or this process cannot list it. The watcher says when that is so for it as well.
    if (error instanceof SourceAway) return [];
    throw error;
  });
  const due = Date.now() - 2 * (config.reconcileInterval + config.stableFor);
  const seen = await checkpoint.has(files);
  const missed = files.filter((_, i) => !seen[i]);
  const known = new Set((await findVersions(sql, missed)).map(versionKey));
  const unknown = missed.filter((file) => !known.has(versionKey(file)));
  return { unseen: unknown.filter(({ landedAt }) => landedAt < due).length, unknown: unknown.length };
}

const HELD_TOLD = 5;
