import type { ReadFeeds } from '@sluice/feeds';
import { contractOf, ledgerFeeds, type Sql } from '@sluice/ledger';
import type { KnownFeed } from './feed-state.ts';

/** All feeds, by name: those with a YAML here, right or wrong, and those that the ledger knows. */
export async function knownFeeds({ declarations, mistakes }: ReadFeeds, sql: Sql): Promise<KnownFeed[]> {
  const inLedger = new Map((await ledgerFeeds(sql)).map((feed) => [feed.feed, feed]));
  const declared = new Map(declarations.map((declaration) => [declaration.name, declaration]));
  const names = new Set([...declared.keys(), ...mistakes.map(({ feed }) => feed), ...inLedger.keys()]);
  const found: KnownFeed[] = [];
  for (const name of [...names].sort()) {
    const known = inLedger.get(name);
    found.push({
      name,
      declaration: declared.get(name),
      mistakes: mistakes.filter(({ feed }) => feed === name),
      inLedger: known,
      active: known && (await contractOf(sql, known.contractNo))?.load,
    });
  }
  return found;
}
