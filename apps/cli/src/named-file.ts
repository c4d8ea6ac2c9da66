import { realpath } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { FIRST_FEED, feedOf, ledgerName } from '@sluice/core';
import { type LedgerFeed, ledgerFeeds, type Sql } from '@sluice/ledger';
import { ErrorWithHint } from '@sluice/process';

/**
 * The name in the ledger of the file that a person names: `<feed>/<path>`, or a bare name with `feed`, or the path of a file in
 * the source of a feed. Any other path names a file of events.
 *
 * @throws {ErrorWithHint} when the ledger does not know the feed
 */
export async function ledgerNameOf(given: string, feed: string | undefined, sql: Sql): Promise<string> {
  const feeds = await ledgerFeeds(sql);
  const own = feed === undefined ? undefined : knownFeed(feed, feeds);
  if (given.includes('/') && feeds.some((one) => one.feed === feedOf(given))) return given;
  const name = basename(given);
  return ledgerName(own ?? (await feedOfFolder(dirname(given), feeds)), name);
}

async function feedOfFolder(folder: string, feeds: readonly LedgerFeed[]): Promise<string> {
  if (folder === '.') return FIRST_FEED;
  // A folder that is not there is no source of a feed.
  const real = await realpath(folder).catch(() => undefined);
  for (const { feed, source } of feeds) {
    if (source !== null && real !== undefined && (await realpath(source).catch(() => undefined)) === real)
      return feed;
  }
  return FIRST_FEED;
}

/**
 * The feed that a person names with --feed.
 *
 * @throws {ErrorWithHint} when the ledger does not know it
 */
export async function feedGiven(feed: string | undefined, sql: Sql): Promise<string | undefined> {
  return feed === undefined ? undefined : knownFeed(feed, await ledgerFeeds(sql));
}

function knownFeed(feed: string, feeds: readonly LedgerFeed[]): string {
  if (feeds.some((one) => one.feed === feed)) return feed;
  throw new ErrorWithHint(
    `the ledger knows no feed ${JSON.stringify(feed)}`,
    `name one of ${feeds.map((one) => one.feed).join(', ')}; "npm run sluice -- feed apply" brings one into use`,
  );
}
