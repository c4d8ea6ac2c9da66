import { realpath } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { looksDeep, schemeOf } from '@sluice/core';
import { codeOf } from '@sluice/process';
import type { Declaration } from './declaration.ts';

/** A source folder that is also a target of clean-up, where cleaned files would be found again. */
export interface Overlap {
  /** The feed with the source folder. */
  readonly feed: Declaration;
  /** The feed that puts files into it. */
  readonly other: Declaration;
  readonly word: 'archiveDir' | 'quarantineDir';
}

const DAY = /^\d{4}[\\/]\d{2}[\\/]\d{2}$/;
/** A path that leads to a folder below, in which and above which no folder is hidden, so that a feed looks into it. */
const BELOW = /^(?!\.)(?!.*[\\/]\.)[^\\/]/;

/** The source folders that a feed puts cleaned files into. Links are followed. */
export async function overlapsOf(feeds: readonly Declaration[]): Promise<Overlap[]> {
  const real = await Promise.all(
    feeds.map(async (feed) => ({
      feed,
      source: await realPath(feed.source),
      archive: await realPath(feed.archiveDir),
      quarantine: await realPath(feed.quarantineDir),
    })),
  );
  return real.flatMap(({ feed, source }) => {
    const finds = (folder: string) =>
      source === folder || (looksDeep(feed.files) && BELOW.test(relative(source, folder)));
    return real.flatMap(({ feed: other, archive, quarantine }): Overlap[] => {
      if (finds(archive) || DAY.test(relative(archive, source))) return [{ feed, other, word: 'archiveDir' }];
      return finds(quarantine) ? [{ feed, other, word: 'quarantineDir' }] : [];
    });
  });
}

/** The path without links of a folder that may not exist yet. One that cannot be looked at counts as it is given. */
async function realPath(path: string): Promise<string> {
  if (schemeOf(path) !== undefined) return path;
  try {
    return await realpath(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) return path;
    return join(await realPath(dirname(path)), basename(path));
  }
}
