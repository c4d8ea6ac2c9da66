import { feedOf } from '@sluice/core';
import {
  checkFit,
  clearAside,
  contractsInUse,
  ledgerFeeds,
  type Misfit,
  PostgresFailure,
  type Sql,
  setAside,
} from '@sluice/ledger';
import { killPoint, messageOf } from '@sluice/process';
import { type OpenBatch, refOf } from '@sluice/staging';
import type { Stores } from '../stores.ts';
import { contractIn, withContract } from './contract.ts';

type Needs = Pick<Stores, 'log' | 'sql' | 'staging' | 'queues'>;

/** Why a table does not take the rows of a contract; undefined when it fits. */
export async function misfitOf(session: Sql): Promise<Misfit | undefined> {
  const misfits = await checkFit(session, contractIn(session));
  return misfits.find(({ severity }) => severity === 'refused');
}

/** For each feed with a contract in use, why its table does not take its rows. Undefined: it does. */
export async function fitOfTables(sql: Sql): Promise<ReadonlyMap<string, Misfit | undefined>> {
  const fits = new Map<string, Misfit | undefined>();
  for (const { feed, contractNo } of await contractsInUse(sql)) {
    const session = await withContract(sql, contractNo);
    if (session !== undefined && fits.get(feed) === undefined) fits.set(feed, await misfitOf(session));
  }
  return fits;
}

/**
 * Compares each contract in use with its table. A feed that does not fit is set aside: its staged chunks are dropped, because its
 * files are parsed again later, and its files are not read. It comes back by itself when it fits. The other feeds go on.
 */
export async function lookAtTables(stores: Needs): Promise<void> {
  try {
    const aside = new Map((await ledgerFeeds(stores.sql)).map((one) => [one.feed, one.asideAt !== null]));
    for (const [feed, misfit] of await fitOfTables(stores.sql)) {
      if (misfit !== undefined) await putAside(feed, misfit, stores);
      else if (aside.get(feed)) await takeBack(feed, stores);
    }
  } catch (error) {
    if (!(error instanceof PostgresFailure)) throw error;
    stores.log.debug({ reason: messageOf(error) }, 'cannot look at the tables now');
  }
}

/**
 * Why a batch that could not be committed need not be: its table does not fit, so that its feed is set aside now, or somebody set the feed
 * aside while the commit was under way. The table may fit again by now, but what was staged is dropped, and its files are parsed again.
 * Undefined: the batch has to be committed, and this does not explain the failure.
 */
export async function asideBecauseOf(batch: OpenBatch, stores: Needs): Promise<string | undefined> {
  const [chunk] = batch.chunks;
  if (chunk === undefined) return undefined;
  const feed = feedOf(chunk.file);
  const session = await withContract(stores.sql, batch.contractNo);
  const misfit = session && (await misfitOf(session));
  if (misfit !== undefined) {
    await putAside(feed, misfit, stores);
    return misfit.text;
  }
  const known = (await ledgerFeeds(stores.sql)).find((one) => one.feed === feed);
  if (known !== undefined && known.asideAt !== null) {
    await dropStaged(feed, stores);
    return known.asideWhy ?? NOTHING_STAGED;
  }
  return (await stores.staging.payloads(batch)).size === 0 ? NOTHING_STAGED : undefined;
}

const NOTHING_STAGED = 'nothing of the batch is staged any more';

async function putAside(feed: string, { text, hint }: Misfit, stores: Needs): Promise<void> {
  killPoint('aside:before-note');
  if (await setAside(stores.sql, feed, text))
    stores.log.error(
      { feed, why: text, hint },
      'this feed does not fit its table: it is set aside until it does',
    );
  killPoint('aside:noted');
  await dropStaged(feed, stores);
  killPoint('aside:dropped');
}

async function takeBack(feed: string, { sql, log }: Needs): Promise<void> {
  if (await clearAside(sql, feed)) log.info({ feed }, 'this feed fits its table again: its files are read');
}

/** Drops the staged chunks of a feed, and the batches and failed jobs that hold them. */
async function dropStaged(feed: string, { staging, queues }: Needs): Promise<void> {
  const own = ({ file }: { readonly file: string }) => feedOf(file) === feed;
  const batches = (await staging.openBatches()).filter(({ chunks }) => chunks.some(own));
  let dropped = 0;
  for await (const { chunks } of staging.all()) {
    const refs = chunks.filter(own).map(refOf);
    await staging.drop(refs);
    dropped += refs.length;
  }
  for (const { id } of batches) {
    await staging.settle(id, []);
    await queues.forgetFailed('insert', id);
  }
  // The lists still name what was dropped.
  if (dropped > 0) await staging.rebuild();
}
