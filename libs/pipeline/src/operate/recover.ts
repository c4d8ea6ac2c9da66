import type { ChunkRef, FileNo } from '@sluice/core';
import { findVersions, foreignAmong, forgetFolders, formOf, openFiles } from '@sluice/ledger';
import type { SourceFile } from '@sluice/source';
import { refOf } from '@sluice/staging';
import { Discovery } from '../intake/discover.ts';
import { Reconciler } from '../intake/reconcile.ts';
import type { Stores } from '../stores.ts';

/** What a total loss of Redis would cost: nothing but this work. */
export interface Rehearsal {
  /** Files in the folder. */
  readonly found: number;
  /** Of them, those that the ledger has closed: members of the new checkpoint. */
  readonly closed: number;
  /** Those that the ledger knows and has not closed: a parse job each. */
  readonly open: number;
  /** Those that are still to be registered. */
  readonly unknown: number;
  /** Open in the ledger, but not in the folder: they cannot be parsed until somebody puts them back. */
  readonly missing: readonly string[];
  /** Staged chunks that would be parsed again, and their records. */
  readonly stagedChunks: number;
  readonly stagedRecords: number;
  /** Members of the checkpoint today. */
  readonly members: number;
  /** Files in the folder that the checkpoint hides though the ledger has not closed them: it lost commits (a restore). */
  readonly hidden: readonly string[];
  /** Staged chunks of files that the ledger does not know, for the same reason. */
  readonly foreign: number;
  /** Staged chunks of an older or newer form than this program commits. */
  readonly otherForms: number;
  /** Entries of staging that cannot be read. */
  readonly unreadable: number;
}

/** Says what {@link recover} would do after a total loss of Redis. Changes nothing. */
export async function rehearse(stores: Pick<Stores, 'feed' | 'sql' | 'staging'>): Promise<Rehearsal> {
  const { feed, sql } = stores;
  const { files } = await feed.source.list();
  let [closed, open] = [0, 0];
  const hidden: string[] = [];
  for (const slice of slices(files, SLICE)) {
    const known = new Map((await findVersions(sql, slice)).map((one) => [`${one.token}|${one.name}`, one]));
    const seen = await feed.checkpoint.has(slice);
    for (const [i, file] of slice.entries()) {
      const version = known.get(`${file.token}|${file.name}`);
      if (version?.closed) closed += 1;
      else if (version !== undefined) open += 1;
      if (seen[i] && !version?.closed) hidden.push(file.name);
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
    members: await feed.checkpoint.size(),
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
  /** Failed micro-batches of which nothing is staged any more. */
  readonly droppedBatches: number;
  /** Entries of Redis that cannot be read, and were removed: staged chunks, failed jobs, heartbeats, whole keys. */
  readonly unreadable: number;
  readonly madeScheduler: boolean;
}

/**
 * Rebuilds what Redis knows from the ledger (I4): forgets the checkpoint, drops staged chunks that this program cannot
 * commit (of a file that the ledger does not know, because it lost commits: its number will be given to another; of another
 * form; unreadable) and what somebody else left, then looks at the folder once and queues what is open. Harmless at any
 * time, also beside a running fleet.
 */
export async function recover(stores: Stores): Promise<Recovery> {
  const { feed, sql, ticks, upkeep, fleet, config } = stores;
  const foreign = (await upkeep.removeForeignKeys()) + (await fleet.removeUnreadable());
  const { foreign: dropped, otherForms: droppedForms, unreadable } = await dropStaged(stores);
  const jobs = await upkeep.dropFailed(await batchesLeft(stores));
  const before = await feed.checkpoint.clear();
  // Should the source folder be lost, the watcher gives up what is not in the one that it sees now.
  await forgetFolders(sql);
  const discovery = new Discovery(stores);
  const { registered } = await discovery.scan(true);
  const waiting = discovery.waiting.files;
  const { queued, more } = await new Reconciler(stores).enqueue();
  const madeScheduler = await ticks.ensureFlush(config.flushInterval);
  const after = await feed.checkpoint.size();
  return {
    ...{ before, after, registered, waiting, queued, more, dropped, droppedForms, madeScheduler },
    droppedBatches: jobs.batches,
    unreadable: foreign + unreadable + jobs.unreadable,
  };
}

const SLICE = 500;

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

/** Those of these staged chunks that this program cannot commit. */
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

/** The open batches of which something is still staged. What is staged no more is forgotten. */
async function batchesLeft({ staging }: Pick<Stores, 'staging'>): Promise<Set<string>> {
  const left = new Set<string>();
  for (const batch of await staging.openBatches()) {
    if ((await staging.payloads(batch)).size > 0) left.add(batch.id);
    await staging.settle(batch.id, []);
  }
  return left;
}
