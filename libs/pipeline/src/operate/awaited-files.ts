import { isKnown, recognise, versionKey } from '@sluice/core';
import { findVersions, openFiles } from '@sluice/ledger';
import { listed, SourceAway } from '@sluice/source';
import type { Feed } from '../feed.ts';
import { type ComparedSources, compareSources, HIDDEN_WHY } from '../intake/compare-sources.ts';
import type { FeedStores, Stores } from '../stores.ts';

/**
 * True when every file in the sources of all feeds is a version that the ledger has closed, waits for an operator, or cannot be read.
 * The checkpoint only says when to ask the ledger.
 */
export async function isAllSeen(stores: Pick<FeedStores, 'config' | 'feeds' | 'sql'>): Promise<boolean> {
  await stores.feeds.refresh();
  for (const feed of stores.feeds.list()) if (!(await isLoaded(feed, stores))) return false;
  const { open, onTheirWay, hidden } = await compareSources(stores);
  return open + onTheirWay === 0 && hidden.every(isLeftAlone);
}

/** Whether no watcher and no worker can do anything for the file until somebody has changed something. */
const isLeftAlone = ({ why }: ComparedSources['hidden'][number]) =>
  why === 'unreadable' || why === 'ambiguous';

/** A file that a drain waits for, and why. */
export interface AwaitedFile {
  readonly name: string;
  readonly why: string;
}

/** The first files that {@link drain} waits for: those that the ledger has open, and those in the folders that it does not have. */
export async function awaitedFiles(
  stores: Pick<FeedStores, 'config' | 'sql'>,
  limit: number,
): Promise<AwaitedFile[]> {
  const open = await openFiles(stores.sql, 0, limit);
  const { hidden } = await compareSources(stores);
  return [
    ...open.map(({ name }) => ({ name, why: 'it is registered, and not loaded completely' })),
    ...hidden.filter((file) => !isLeftAlone(file)).map(({ name, why }) => ({ name, why: HIDDEN_WHY[why] })),
  ].slice(0, limit);
}

async function isLoaded({ source, checkpoint }: Feed, { sql }: Pick<Stores, 'sql'>): Promise<boolean> {
  // The watcher makes a source that is not there.
  const files = await listed(source).catch((error: unknown) => {
    if (error instanceof SourceAway && error.missing) return [];
    throw error;
  });
  const seen = await checkpoint.has(files);
  const missed = files.filter((_, i) => !seen[i]);
  const known = new Map((await findVersions(sql, missed)).map((version) => [versionKey(version), version]));
  for (const file of missed) {
    const version = known.get(versionKey(file));
    const isDone = version && (version.closed || version.held) && isKnown(recognise(version, file));
    if (!isDone && (await source.trouble(file.name)) === undefined) return false;
  }
  return true;
}
