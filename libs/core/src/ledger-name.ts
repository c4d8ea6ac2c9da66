/** The feed that was there before feeds had names. Its files have bare names in the ledger. */
export const FIRST_FEED = 'events';

/**
 * The name of a file in the ledger, and so in jobs and logs: `<feed>/<path>`. A file of `events` directly in its source has its
 * bare name, so that names from before feeds stay as they are.
 *
 * @param path the file's path below the source of its feed
 */
export function ledgerName(feed: string, path: string): string {
  return feed === FIRST_FEED && !path.includes('/') ? path : `${feed}/${path}`;
}

/** The feed of a file by its name in the ledger. */
export function feedOf(name: string): string {
  const slash = name.indexOf('/');
  return slash === -1 ? FIRST_FEED : name.slice(0, slash);
}

/** The path of a file below the source of its feed, by its name in the ledger. */
export function baseOf(name: string): string {
  return name.slice(name.indexOf('/') + 1);
}
