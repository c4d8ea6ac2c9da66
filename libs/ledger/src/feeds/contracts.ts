import {
  type ContractNo,
  contractNo,
  type Expectation,
  expectationSchema,
  type FileNo,
  fileNo,
  type Load,
  loadSchema,
  type SourceOptions,
  sourceOptions,
  writeLoad,
} from '@sluice/core';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { execute, inTransaction, run, runForOne } from '../statements.ts';

const contractRow = z.object({ contractNo, feed: z.string(), load: loadSchema });

/** A contract of the ledger. It never changes. */
type LedgerContract = Readonly<z.output<typeof contractRow>>;

const KNOWN = new WeakMap<object, Map<ContractNo | null, LedgerContract>>();

/**
 * A contract by its number. Each pool reads it once, because a contract never changes.
 *
 * @param no null: the contract of versions that were registered before there were feeds
 */
export async function contractOf(sql: Sql, no: ContractNo | null): Promise<LedgerContract | undefined> {
  const known = KNOWN.get(sql.options) ?? new Map<ContractNo | null, LedgerContract>();
  KNOWN.set(sql.options, known);
  const found = known.get(no) ?? (await run(sql, 'feeds/load', contractRow, [no]))[0];
  if (found !== undefined) known.set(no, found);
  return found;
}

const ledgerFeed = z.object({
  feed: z.string(),
  contractNo,
  /** Where the watcher that activated the contract finds the files; null before one did. */
  source: z.string().nullable(),
  /** How it is reached. */
  sourceOptions,
  yamlAt: z.date().nullable(),
  activeAt: z.date(),
  retiredAt: z.date().nullable(),
  /** Since when its table does not fit, so that nothing is loaded. */
  asideAt: z.date().nullable(),
  asideWhy: z.string().nullable(),
  /** When files are to come; null when nobody waits for any. */
  expect: expectationSchema.nullable(),
  /** When its first contract was made. */
  inUseSince: z.date(),
});

/** A feed as the ledger knows it. */
export type LedgerFeed = Readonly<z.output<typeof ledgerFeed>>;

/** All feeds that the ledger knows, by name. */
export async function ledgerFeeds(sql: Sql): Promise<LedgerFeed[]> {
  return await run(sql, 'feeds/feeds', ledgerFeed);
}

const inUse = z.object({ feed: z.string(), contractNo: contractNo.nullable() });

/** The contracts of the feeds that are not retired, and of the versions that are open. Null: from before there were feeds. */
export async function contractsInUse(sql: Sql): Promise<Readonly<z.output<typeof inUse>>[]> {
  return await run(sql, 'feeds/contracts-in-use', inUse);
}

/** Sets a feed aside: nothing of it is loaded until {@link clearAside}. Returns false when this reason was known already. */
export async function setAside(sql: Sql, feed: string, why: string): Promise<boolean> {
  return (await execute(sql, 'feeds/set-aside', [feed, why])) > 0;
}

/** Returns false when the feed was not set aside. */
export async function clearAside(sql: Sql, feed: string): Promise<boolean> {
  return (await execute(sql, 'feeds/clear-aside', [feed])) > 0;
}

/** What a feed declares. `yamlAt`: when its YAML was changed last. `who`: for the audit. */
export interface Declared {
  readonly feed: string;
  readonly load: Load;
  readonly source: string;
  /** How it is reached; by default as a folder is. */
  readonly sourceOptions?: SourceOptions | undefined;
  readonly yamlAt: Date;
  /** When files are to come; undefined when nobody waits for any. */
  readonly expect?: Expectation | undefined;
  readonly who: string;
}

const activation = z.object({ contractNo: contractNo.nullable(), newer: contractNo.nullable() });

/** `outdated`: the active contract comes from a newer YAML, and differs. */
type Activation =
  | { readonly outcome: 'active'; readonly contractNo: ContractNo }
  | { readonly outcome: 'outdated'; readonly contractNo: ContractNo };

/** Retires a feed that has no YAML any more. Returns false when it was retired already. */
export async function retireFeed(sql: Sql, feed: string, who: string): Promise<boolean> {
  return (await execute(sql, 'feeds/retire', [feed, who])) > 0;
}

const repinned = z.object({ fileNo });

/**
 * Pins a contract to the open versions of its feed of which nothing is committed, and returns these. Their staged chunks belong to
 * the contract before: a commit leaves them out.
 */
export async function repinOpen(sql: Sql, feed: string, contract: ContractNo): Promise<FileNo[]> {
  return await inTransaction(sql, async (session) => {
    // A commit that runs now may have claimed chunks that this transaction cannot see, so it waits for such commits (I6).
    await execute(session, 'feeds/lock-chunks');
    const files = await run(session, 'feeds/repin', repinned, [feed, contract]);
    return files.map(({ fileNo }) => fileNo);
  });
}

/** Makes what a feed declares its active contract, unless the active one comes from a newer YAML. */
export async function activateContract(
  sql: Sql,
  { feed, load, source, sourceOptions: options = {}, yamlAt, expect, who }: Declared,
): Promise<Activation> {
  const expected = expect === undefined ? null : JSON.stringify(expect);
  const declared = [feed, JSON.stringify(writeLoad(load)), source, yamlAt.toISOString(), who];
  const asked = [...declared, expected, JSON.stringify(options)];
  const { contractNo, newer } = await inTransaction(sql, async (session) => {
    await execute(session, 'feeds/lock', [feed]);
    return await runForOne(session, 'feeds/activate', activation, asked);
  });
  if (newer !== null) return { outcome: 'outdated', contractNo: newer };
  if (contractNo === null) throw new Error(`the feed ${feed} got no contract`);
  return { outcome: 'active', contractNo };
}

const contractInto = z.object({ contractNo });

/** The contracts that fill this table by this key. */
export async function contractsInto(sql: Sql, table: string, key: readonly string[]): Promise<ContractNo[]> {
  const rows = await run(sql, 'feeds/contracts-into', contractInto, [table, JSON.stringify(key)]);
  return rows.map(({ contractNo }) => contractNo);
}
