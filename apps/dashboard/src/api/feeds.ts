import type { Contract } from '@sluice/core';
import { contractOf, forContract, type LedgerFeed, ledgerFeeds, type Sql, totals } from '@sluice/ledger';
import type { z } from 'zod';
import { Refusal } from './refusal.ts';
import { iso, route } from './route.ts';
import { feedList } from './schemas.ts';

type ShownFeed = z.infer<typeof feedList>['feeds'][number];

/** A feed with its active contract. */
export interface KnownFeed extends LedgerFeed {
  readonly contract: Contract;
}

export const feedsRoute = route({
  method: 'GET',
  path: '/api/feeds',
  summary: 'The feeds: what each loads into which table, and how far it is',
  answer: feedList,
  answerTo: async (_, { servers, stores: { sql } }) =>
    await servers.ask('postgres', async () => ({
      feeds: await Promise.all((await feedsOf(sql)).map((feed) => shown(sql, feed))),
    })),
});

/** All feeds, or the one that is asked for. */
export async function feedsOf(sql: Sql, name?: string): Promise<KnownFeed[]> {
  const known = (await ledgerFeeds(sql)).filter(({ feed }) => name === undefined || feed === name);
  if (name !== undefined && known.length === 0)
    throw new Refusal(404, 'not_found', `the ledger has no feed ${name}`);
  return await Promise.all(known.map(async (feed) => ({ ...feed, contract: await contractIn(sql, feed) })));
}

/** The session for the table of a feed. */
export function tableOf(sql: Sql, { contract }: KnownFeed): Sql {
  return forContract(sql, contract);
}

async function contractIn(sql: Sql, { feed, contractNo }: LedgerFeed): Promise<Contract> {
  const found = await contractOf(sql, contractNo);
  if (found === undefined) throw new Error(`the ledger lacks contract ${contractNo} of the feed ${feed}`);
  return found.load.contract;
}

export function stateOf({ asideAt, retiredAt }: LedgerFeed): ShownFeed['state'] {
  if (asideAt !== null) return 'aside';
  return retiredAt === null ? 'active' : 'retired';
}

async function shown(sql: Sql, { contract, ...feed }: KnownFeed): Promise<ShownFeed> {
  const sums = await totals(sql, feed.feed);
  const { table, key, duplicates, countBy } = contract;
  return {
    ...{ name: feed.feed, table, key: [...key], duplicates, countBy },
    state: stateOf(feed),
    why: feed.asideWhy,
    since: iso(feed.asideAt ?? feed.retiredAt ?? feed.activeAt),
    contract: feed.contractNo,
    source: feed.source,
    files: { all: sums.files, open: sums.open, gone: sums.gone, quarantined: sums.quarantined },
    records: sums.records,
    rows: sums.inserted - sums.undone,
    repeated: sums.duplicates,
    rejects: sums.rejects,
    lastCommit: iso(sums.lastCommit),
  };
}
