import type { FileNo } from '@sluice/core';
import { strangersAmong } from '@sluice/postgres';
import { ensureFlushScheduler, insertJob } from '@sluice/redis';
import type { SourceFile } from '@sluice/source';
import { Discovery } from './discover.ts';
import { Reconciler } from './reconcile.ts';
import type { Stores } from './stores.ts';

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
  readonly strangers: number;
}

/** Says what {@link recover} would do after a total loss of Redis. Changes nothing. */
export async function rehearse(stores: Stores): Promise<Rehearsal> {
  const { folder, ledger, checkpoint } = stores;
  const { files } = await folder.list();
  let [closed, open] = [0, 0];
  const hidden: string[] = [];
  for (const slice of slices(files, SLICE)) {
    const known = new Map((await ledger.find(slice)).map((one) => [`${one.token}|${one.name}`, one]));
    const seen = await checkpoint.has(slice);
    for (const [i, file] of slice.entries()) {
      const version = known.get(`${file.token}|${file.name}`);
      if (version?.closed) closed += 1;
      else if (version !== undefined) open += 1;
      if (seen[i] && !version?.closed) hidden.push(file.name);
    }
  }
  const { chunks, records, strangers } = await stagedWork(stores);
  return {
    found: files.length,
    closed,
    open,
    unknown: files.length - closed - open,
    missing: await missingFiles(stores, files),
    stagedChunks: chunks,
    stagedRecords: records,
    members: await checkpoint.size(),
    hidden,
    strangers,
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
  /** Failed micro-batches that went with them. */
  readonly droppedBatches: number;
  readonly madeScheduler: boolean;
}

/**
 * Rebuilds what Redis knows from the ledger (I4): forgets the checkpoint, drops staged chunks of files that the ledger does not
 * know (it lost commits: their numbers will be given to other files), then looks at the folder once and queues
 * what is open. Harmless at any time, also beside a running fleet.
 */
export async function recover(stores: Stores): Promise<Recovery> {
  const { checkpoint, queues, config } = stores;
  const { dropped, droppedBatches } = await dropStrangers(stores);
  const before = await checkpoint.clear();
  const discovery = new Discovery(stores);
  const { registered } = await discovery.scan(true);
  const waiting = discovery.waiting.files;
  const { queued, more } = await new Reconciler(stores).enqueue();
  const madeScheduler = await ensureFlushScheduler(queues.flush, config.flushInterval);
  const after = await checkpoint.size();
  return { before, after, registered, waiting, queued, more, dropped, droppedBatches, madeScheduler };
}

const SLICE = 500;

function* slices<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let i = 0; i < all.length; i += size) yield all.slice(i, i + size);
}

async function stagedWork({ sql, staging }: Stores) {
  const seen = new Set<string>();
  let [records, strangers] = [0, 0];
  for await (const page of staging.all()) {
    const unknown = await strangersAmong(sql, page);
    for (const chunk of page) {
      const ref = `${chunk.fileNo}/${chunk.firstLine}`;
      if (seen.has(ref)) continue;
      seen.add(ref);
      records += chunk.records;
      if (unknown.has(chunk.fileNo)) strangers += 1;
    }
  }
  return { chunks: seen.size, records, strangers };
}

async function missingFiles({ ledger }: Stores, files: readonly SourceFile[]): Promise<string[]> {
  const here = new Set(files.map(({ token, name }) => `${token}|${name}`));
  const missing: string[] = [];
  for (let after: FileNo | 0 = 0; ; ) {
    const page = await ledger.open(after, SLICE);
    missing.push(...page.filter((file) => !here.has(`${file.token}|${file.name}`)).map(({ name }) => name));
    const last = page.at(-1);
    if (last === undefined) return missing;
    after = last.fileNo;
  }
}

async function dropStrangers({ sql, staging, queues }: Stores) {
  let dropped = 0;
  for await (const page of staging.all()) {
    const unknown = await strangersAmong(sql, page);
    const chunks = page.filter(({ fileNo }) => unknown.has(fileNo));
    if (chunks.length > 0) await staging.drop(chunks);
    dropped += chunks.length;
  }
  if (dropped === 0) return { dropped, droppedBatches: 0 };
  let droppedBatches = 0;
  const left = new Map<string, boolean>();
  for (const batch of await staging.openBatches()) {
    left.set(batch.id, (await staging.payloads(batch)).size > 0);
    await staging.settle(batch.id, []);
  }
  for (const job of await queues.insert.getFailed()) {
    if (left.get(insertJob.parse(job.data).batch)) continue;
    await job.remove();
    droppedBatches += 1;
  }
  return { dropped, droppedBatches };
}
