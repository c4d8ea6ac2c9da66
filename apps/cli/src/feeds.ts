import { realpath } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { FIRST_FEED, filePattern } from '@sluice/core';
import { type Declaration, feedNamed, type ReadFeeds } from '@sluice/feeds';

/** The feed that takes a file, and how that is known. */
export interface FeedOfFile {
  readonly feed: Declaration;
  readonly why: 'named' | 'source' | 'pattern' | 'default' | 'only';
}

/**
 * The feed of a file: the one in whose source it lies, or else the only one, besides that of events, whose patterns take it, or
 * else that of events.
 */
export async function feedOfPath(path: string, feeds: ReadFeeds): Promise<FeedOfFile> {
  const name = basename(path);
  const folder = await realFolder(dirname(path));
  const taking = feeds.declarations.filter(({ files }) => filePattern(files).takes(name));
  for (const feed of taking) {
    if ((await realFolder(feed.source)) === folder) return { feed, why: 'source' };
  }
  const others = taking.filter((feed) => feed.name !== FIRST_FEED);
  const [only] = others;
  if (only !== undefined && others.length === 1) return { feed: only, why: 'pattern' };
  const why = feeds.declarations.length === 1 ? 'only' : 'default';
  return { feed: feedNamed(FIRST_FEED, feeds), why };
}

async function realFolder(path: string): Promise<string> {
  // A folder that is not there yet holds no file.
  return await realpath(path).catch(() => path);
}
