import { findVersions, heldFiles, ledgerFeeds, standstill } from '@sluice/ledger';
import { codeOf } from '@sluice/process';
import { SourceHangs } from '@sluice/source';
import { type FleetMember, QUEUE_NAMES, type QueueName } from '@sluice/staging';
import type { Feed } from '../feed.ts';
import type { FeedStores, Stores } from '../stores.ts';
import { type Backlog, readBacklog } from './backlog.ts';
import { type FeedFacts, type FeedReason, feedFacts, feedNotices, feedReasons } from './feed-facts.ts';
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
interface Blind {
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
 * Why a person is needed, and what to do, in one sentence. `flush_overdue`: records wait, and no flush comes. `standstill`: a
 * file waits and workers run, but nothing is committed.
 */
export interface HealthReason {
  readonly code:
    | 'outage'
    | 'failed_batches'
    | 'no_workers'
    | 'source_not_visible'
    | 'flush_overdue'
    | 'standstill'
    | 'unseen_files'
    | 'paused'
    | 'newer_version'
    | FeedReason['code'];
  readonly text: string;
  /** Which feed it is about, if it is about one. */
  readonly feed?: string;
}

export interface Health {
  readonly state: 'running' | 'idle' | 'stuck';
  readonly reasons: readonly HealthReason[];
  /** What a person may want to know, though nothing is stuck. */
  readonly notices: readonly HealthReason[];
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
  const [backlog, workers, standsFor, unseen, paused, known, held] = await Promise.all([
    readBacklog(stores),
    queues.workers('parse'),
    standing(stores, members),
    unseenFiles(stores),
    Promise.all(QUEUE_NAMES.map((name) => queues.isPaused(name))),
    ledgerFeeds(stores.sql),
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
    feeds: feedFacts(members, known, held),
    unseen: Math.max(0, unseen - waiting.files),
    paused: QUEUE_NAMES.filter((_, i) => paused[i]),
  };
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
  const { files } = await source.list().catch((error: unknown) => {
    // No watcher has created the folder yet, or this process has no permission to read it.
    if (['ENOENT', 'EACCES'].includes(codeOf(error)) || error instanceof SourceHangs) return { files: [] };
    throw error;
  });
  const due = Date.now() - 2 * (config.reconcileInterval + config.stableFor);
  const old = files.filter(({ landedAt }) => landedAt < due);
  const seen = await checkpoint.has(old);
  const missed = old.filter((_, i) => !seen[i]);
  return missed.length - (await findVersions(sql, missed)).length;
}

/** One sentence for each host, feed, folder and role. */
function notVisible(blind: readonly Blind[]): string[] {
  const places = new Map(blind.map((one) => [`${one.role} ${one.host} ${one.feed} ${one.folder}`, one]));
  return [...places.values()].slice(0, BLIND_TOLD).map(notSeen);
}

function notSeen({ role, host, feed, folder, file, files, hangs }: Blind): string {
  const where = `the source folder${feed === 'events' ? '' : ` of ${feed}`} at ${folder}`;
  if (folder === null)
    return `a ${role} on ${host} knows no source of the feed ${feed}: give it the feed's YAML`;
  if (hangs)
    return `a ${role} on ${host} gets no answer from ${where}: check the mount; the other feeds go on`;
  return role === 'watcher'
    ? `the watcher on ${host} sees another folder at ${folder} than ${files === 1 ? `the file ${file} was` : `${files} files, such as ${file}, were`} registered from: mount that one again; if it is lost, "npm run sluice -- recover" gives up what is not loaded`
    : `a worker on ${host} does not see ${where} (${file} is not there as it was registered): mount it there, or set ${feed === 'events' ? 'SOURCE_DIR' : 'its source in the YAML of the feed'}; other workers go on`;
}

const BLIND_TOLD = 5;
const HELD_TOLD = 5;

/** Judges the facts: what needs a person, and otherwise whether there is anything to do. */
export function judgeHealth({
  backlog,
  workers,
  unseen,
  standsFor,
  flushOverdue,
  paused,
  blind,
  feeds,
}: HealthFacts): Health {
  const { openFiles, parses, inserts, failedInserts, stagedChunks, newerChunks } = backlog;
  const reasons: HealthReason[] = [];
  const tell = (code: HealthReason['code'], text: string) => reasons.push({ code, text });
  const work = openFiles > 0 || parses > 0 || inserts > 0 || stagedChunks > 0;
  if (failedInserts > 0) {
    tell(
      'failed_batches',
      `failed batches: ${failedInserts}; fix what they failed of, then retry them (their rows are kept)`,
    );
  }
  if (newerChunks > 0) {
    tell(
      'newer_version',
      `staged chunks that wait for a worker of a newer version: ${newerChunks}; start one, or "recover" has their files parsed again by this version`,
    );
  }
  if (work && workers === 0) tell('no_workers', 'no worker runs, but there is work: npm run worker');
  for (const text of notVisible(blind)) tell('source_not_visible', text);
  if (paused.length > 0 && work) {
    tell('paused', `work waits because somebody paused the queues ${paused.join(', ')}: resume them`);
  } else if (flushOverdue > 0 && workers > 0) {
    tell('flush_overdue', 'records wait for a flush that does not come: look into the log of the workers');
  } else if (standsFor > 0 && workers > 0 && failedInserts === 0) {
    const minutes = Math.round(standsFor / 60_000);
    tell(
      'standstill',
      `a file waits, and nothing was committed for ${minutes} min: look at the queues, and into the log of the workers`,
    );
  }
  if (unseen > 0) {
    tell('unseen_files', `no watcher has seen ${unseen} of the files in the folder: npm run watcher`);
  }
  reasons.push(...feedReasons(feeds));
  const state = reasons.length > 0 ? 'stuck' : work ? 'running' : 'idle';
  return { state, reasons, notices: feedNotices(feeds) };
}
