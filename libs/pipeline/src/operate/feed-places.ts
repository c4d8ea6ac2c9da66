import { join } from 'node:path';
import { FIRST_FEED } from '@sluice/core';
import { ledgerFeeds, type Sql } from '@sluice/ledger';
import type { Config } from '@sluice/process';

/** Where the files of a feed arrive, and where clean-up puts them. */
export interface FeedPlace {
  readonly sourceDir: string;
  readonly archiveDir: string;
  readonly quarantineDir: string;
}

/** Where the files of each feed are, by the name of the feed. */
export type FeedPlaces = ReadonlyMap<string, FeedPlace>;

type Folders = Pick<Config, 'sourceDir' | 'archiveDir' | 'quarantineDir'>;

/** The places of the feeds, by the settings and by the sources that the ledger noted. */
export async function feedPlaces({
  sql,
  config,
}: {
  readonly sql: Sql;
  readonly config: Folders;
}): Promise<FeedPlaces> {
  const { sourceDir, archiveDir, quarantineDir } = config;
  const noted = (await ledgerFeeds(sql)).flatMap(({ feed, source }): [string, FeedPlace][] => {
    if (source === null || feed === FIRST_FEED) return [];
    const place = { archiveDir: join(archiveDir, feed), quarantineDir: join(quarantineDir, feed) };
    return [[feed, { sourceDir: source, ...place }]];
  });
  return new Map([[FIRST_FEED, { sourceDir, archiveDir, quarantineDir }], ...noted]);
}
