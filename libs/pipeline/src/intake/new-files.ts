import { type ContractNo, type FileRules, type Load, READER_VERSION } from '@sluice/core';
import { contractOf, ledgerFeeds } from '@sluice/ledger';
import type { FeedStores, Stores } from '../stores.ts';

/** What is pinned to new versions of a feed (I6), and what a feed that keeps all records does with content that it has loaded. */
export interface NewFiles {
  readonly feed: string;
  readonly contractNo: ContractNo;
  readonly rules: FileRules;
  readonly keep: Keep | undefined;
}

/** Whether content of the feed that comes again, or new content of a loaded name, waits for an operator or is loaded. */
export interface Keep {
  readonly sameContent: 'hold' | 'add';
  readonly newContent: 'hold' | 'add';
}

/** What new files of a feed get that has this contract. */
export function newFiles(
  { name: feed, load, ...keep }: Keep & { readonly name: string; readonly load: Load },
  contractNo: ContractNo,
  { config }: Pick<Stores, 'config'>,
): NewFiles {
  const { sameContent, newContent } = keep;
  return {
    feed,
    contractNo,
    rules: { ...load.rules, chunkRows: config.chunkRows, reader: READER_VERSION },
    keep: load.contract.duplicates === 'keep' ? { sameContent, newContent } : undefined,
  };
}

/** What new files of a feed get by its active contract; undefined when the ledger has none, or the feed is retired. */
export async function activeNewFiles({
  feed: { name },
  sql,
  ...stores
}: Pick<FeedStores, 'config' | 'feed' | 'sql' | 'feeds'>): Promise<NewFiles | undefined> {
  const known = (await ledgerFeeds(sql)).find(({ feed }) => feed === name);
  if (known === undefined || known.retiredAt !== null) return undefined;
  const active = await contractOf(sql, known.contractNo);
  if (active === undefined) return undefined;
  const { sameContent = 'hold', newContent = 'hold' } = stores.feeds.declared(name) ?? {};
  return newFiles({ name, load: active.load, sameContent, newContent }, known.contractNo, stores);
}
