import type { ChunkRef, FileNo } from '@sluice/core';
import { findVersions, foreignAmong, forgetFolders, formOf, openFiles } from '@sluice/ledger';
import { listed, SourceAway, type SourceFile } from '@sluice/source';
import { refOf } from '@sluice/staging';
import { Discovery } from '../intake/discover.ts';
import { Reconciler } from '../intake/reconcile.ts';
import type { FeedStores, Stores } from '../stores.ts';

/** The work that a total loss of Redis would cost. */
export interface Rehearsal {
  /** Files in the folder. */
  readonly found: number;
  /** How many of them the ledger has closed: the members of the new checkpoint. */
  readonly closed: number;
  /** How many of them the ledger knows and has not closed: each gets a parse job. */
  readonly open: number;
  /** How many of them are still to be registered. */
  readonly unknown: number;
  /** Files that are open in the ledger but not in the folder. They cannot be parsed until somebody puts them back. */
  readonly missing: readonly string[];
  /** Staged chunks that would be parsed again, and their records. */
  readonly stagedChunks: number;
  readonly stagedRecords: number;
  /** Current number of members of the checkpoint. */
  readonly members: number;
  /** Files that the checkpoint hides although the ledger has not closed them, because the ledger lost commits (a restore). */
  readonly hidden: readonly string[];
  /** Staged chunks of files that the ledger does not know because it lost commits. */
  readonly foreign: number;
  /** Staged chunks of an older or newer form than this program commits. */
  readonly otherForms: number;
  /** Entries of staging that cannot be read. */
  readonly unreadable: number;
}

/** Says what {@link recover} would do after a total loss of Redis. Changes nothing. */
export async function rehearse(stores: Pick<FeedStores, 'feeds' | 'sql' | 'staging'>): Promise<Rehearsal> {
  const { feeds, sql } = stores;
  await feeds.refresh();
  let [closed, open, members] = [0, 0, 0];
  const files: SourceFile[] = [];
  const hidden: string[] = [];
  for (const { source, checkpoint } of feeds.list()) {
    const own = await listed(source).catch(nothingUnlessThere);
    files.push(...own);
    members += await checkpoint.size();
    for (const slice of slices(own, SLICE)) {
      const known = new Map((await findVersions(sql, slice)).map((one) => [`${one.token}|${one.name}`, one]));
      const seen = await checkpoint.has(slice);
      for (const [i, file] of slice.entries()) {
        const version = known.get(`${file.token}|${file.name}`);
        if (version?.closed) closed += 1;
        else if (version !== undefined) open += 1;
        if (seen[i] && !version?.closed) hidden.push(file.name);
      }
    }
  }
  const { chunks, records, foreign, otherForms, unreadable } = await stagedWork(stores);
  return {
    found: files.length,
    closed,
    open,
    unknown: files.length - closed - open,
    missing: await missingFiles(stores, files),
    stagedChunks: chunks,
    stagedRecords: records,
    members,
    hidden,
    foreign,
    otherForms,
    unreadable,
  };
}

/** What {@link recover} did. */
export interface Recovery {
  /** Members of the checkpoint before and after. */
  readonly before: number;
  readonly after: number;
  readonly registered: number;
  /** Files that nobody knows yet: the watcher registers them once they are stable. */
  readonly waiting: number;
  readonly queued: number;
  /** There was no room in the queue for all of them: the watcher queues the rest. */
  readonly more: boolean;
  /** Staged chunks that were dropped, because the ledger does not know their files. */
  readonly dropped: number;
  /** Staged chunks that were dropped, because an older or newer version staged them. Their files are parsed again. */
  readonly droppedForms: number;
  /** Failed micro-batches that have no staged chunks left. */
  readonly droppedBatches: number;
  /** Unreadable entries of Redis that were removed: staged chunks, failed jobs, heartbeats, whole keys. */
  readonly unreadable: number;
  readonly madeScheduler: boolean;
}

/**
 * Rebuilds the contents of Redis from the ledger (I4). It clears the checkpoint, removes what other programs left, and drops
 * staged chunks that this program cannot commit: unreadable ones, ones of another form, and ones of files that the ledger does
 * not know because it lost commits and will give their numbers to other files. Then it looks at the source of each feed once and
 * queues what is open. It is harmless at any time, even while the fleet is running.
 */
export async function recover(stores: FeedStores): Promise<Recovery> {
  const { feeds, sql, queues, ticks, upkeep, fleet, config } = stores;
  await feeds.refresh();
  const foreign =
    (await upkeep.removeForeignKeys(stores.feeds.list().map(({ name }) => name))) +
    (await fleet.removeUnreadable());
  const { foreign: dropped, otherForms: droppedForms, unreadable } = await dropStaged(stores);
  const jobs = await upkeep.dropFailed(await batchesLeft(stores));
  let [before, after, registered, waiting] = [0, 0, 0, 0];
  for (const { checkpoint } of feeds.list()) before += await checkpoint.clear();
  // If the source folder is lost, this lets the watcher give up the files that are not in the folder that it sees now.
  await forgetFolders(sql);
  const failed: unknown[] = [];
  for (const feed of feeds.list()) {
    const discovery = new Discovery({ ...stores, feed });
    try {
      registered += (await discovery.scan(true)).registered;
    } catch (error) {
      failed.push(error);
    }
    waiting += discovery.waiting.files;
  }
  // What their first try knows of a file may be of one that the ledger has lost. What is open is queued again.
  await queues.dropWaitingParses();
  const { queued, more } = await new Reconciler(stores).enqueue();
  const madeScheduler = await ticks.ensureFlush(config.flushInterval);
  for (const { checkpoint } of feeds.list()) after += await checkpoint.size();
  // A source that cannot be listed does not stop the other feeds.
  if (failed.length > 0) throw failed[0];
  return {
    ...{ before, after, registered, waiting, queued, more, dropped, droppedForms, madeScheduler },
    droppedBatches: jobs.batches,
    unreadable: foreign + unreadable + jobs.unreadable,
  };
}

const SLICE = 500;

/** No watcher has made the folder of a new feed yet. */
function nothingUnlessThere(error: unknown): SourceFile[] {
  if (error instanceof SourceAway && error.missing) return [];
  throw error;
}

function* slices<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let i = 0; i < all.length; i += size) yield all.slice(i, i + size);
}

async function stagedWork(stores: Pick<Stores, 'sql' | 'staging'>) {
  const seen = new Set<string>();
  const found = { records: 0, foreign: 0, otherForms: 0, unreadable: 0 };
  for await (const page of stores.staging.all()) {
    const { foreign, otherForms } = await uncommittable(page.chunks, stores);
    found.unreadable += page.unreadable.length;
    for (const chunk of page.chunks) {
      if (seen.has(refOf(chunk))) continue;
      seen.add(refOf(chunk));
      found.records += chunk.records;
      if (foreign.includes(chunk)) found.foreign += 1;
      else if (otherForms.includes(chunk)) found.otherForms += 1;
    }
  }
  return { ...found, chunks: seen.size };
}

/** Which of these staged chunks this program cannot commit. */
async function uncommittable(chunks: readonly ChunkRef[], { sql, staging }: Pick<Stores, 'sql' | 'staging'>) {
  const unknown = await foreignAmong(sql, chunks);
  const beginnings = await staging.beginnings(chunks);
  return {
    foreign: chunks.filter(({ fileNo }) => unknown.has(fileNo)),
    otherForms: chunks.filter(
      ({ fileNo }, i) => !unknown.has(fileNo) && formOf(beginnings[i] ?? '') !== 'own',
    ),
  };
}

async function missingFiles({ sql }: Pick<Stores, 'sql'>, files: readonly SourceFile[]): Promise<string[]> {
  const here = new Set(files.map(({ token, name }) => `${token}|${name}`));
  const missing: string[] = [];
  for (let after: FileNo | 0 = 0; ; ) {
    const page = await openFiles(sql, after, SLICE);
    missing.push(...page.filter((file) => !here.has(`${file.token}|${file.name}`)).map(({ name }) => name));
    const last = page.at(-1);
    if (last === undefined) return missing;
    after = last.fileNo;
  }
}

async function dropStaged(stores: Pick<Stores, 'sql' | 'staging'>) {
  const { staging } = stores;
  const dropped = { foreign: 0, otherForms: 0, unreadable: 0 };
  for await (const page of staging.all()) {
    const { foreign, otherForms } = await uncommittable(page.chunks, stores);
    await staging.drop([...[...foreign, ...otherForms].map(refOf), ...page.unreadable]);
    dropped.foreign += foreign.length;
    dropped.otherForms += otherForms.length;
    dropped.unreadable += page.unreadable.length;
  }
  await staging.rebuild();
  return dropped;
}

/** The open batches that still have staged chunks. The others are forgotten. */
async function batchesLeft({ staging }: Pick<Stores, 'staging'>): Promise<Set<string>> {
  const left = new Set<string>();
  for (const batch of await staging.openBatches()) {
    if ((await staging.payloads(batch)).size > 0) left.add(batch.id);
    await staging.settle(batch.id, []);
  }
  return left;
}
