import type { Contract, ContractNo } from '@sluice/core';
import {
  contractOf,
  countsOf,
  type DatabaseFigures,
  databaseFigures,
  forContract,
  type LedgerFeed,
  ledgerFeeds,
  PostgresFailure,
  type Sql,
  totals,
} from '@sluice/ledger';
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
  return await Promise.all(
    known.map(async (feed) => ({ ...feed, contract: await contractAt(sql, feed.contractNo) })),
  );
}

/** The figures of the table of a feed; null where it is not there, or may not be read. The feed is then set aside, or soon will be. */
export async function tableOf(sql: Sql, { contract }: KnownFeed): Promise<DatabaseFigures | null> {
  try {
    return await databaseFigures(forContract(sql, contract));
  } catch (error) {
    if (error instanceof PostgresFailure && NO_TABLE.has(error.sqlstate)) return null;
    throw error;
  }
}

/** No such schema, table or column, and no right. */
const NO_TABLE = new Set(['3F000', '42P01', '42703', '42501']);

/** A contract by its number; null: that of versions from before there were feeds. */
export async function contractAt(sql: Sql, no: ContractNo | null): Promise<Contract> {
  const found = await contractOf(sql, no);
  if (found === undefined) throw new Error(`the ledger has no contract ${no}`);
  return found.load.contract;
}

export function stateOf({ asideAt, retiredAt }: LedgerFeed): ShownFeed['state'] {
  if (asideAt !== null) return 'aside';
  return retiredAt === null ? 'active' : 'retired';
}

async function shown(sql: Sql, { contract, ...feed }: KnownFeed): Promise<ShownFeed> {
  const [sums, rejects] = await Promise.all([totals(sql, feed.feed), countsOf(sql, 'reject', feed.feed)]);
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
    rejects: rejects.reduce((sum, { count }) => sum + count, 0),
    lastCommit: iso(sums.lastCommit),
  };
}
