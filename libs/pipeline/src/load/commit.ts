import type { ChunkRef } from '@sluice/core';
import { type Commit, type Counts, commitTogether, type Sql } from '@sluice/ledger';
import { counted, killPoint, took, tracing } from '@sluice/process';
import type { Stores } from '../stores.ts';
import { commitOrSetAside, dropUnreadable, withoutContract } from './alone.ts';
import { withContract } from './contract.ts';
import { leaveOut, type OrderedBatch } from './leave-out.ts';
import { type ByForm, byForm } from './set-aside.ts';
import { settle } from './settle.ts';
import { traceFiles } from './trace.ts';

export interface CommittedBatch extends Counts {
  /** How many chunks of the batch were still staged. */
  readonly carried: number;
  /** How many chunks the commit claimed. */
  readonly claimed: number;
  /** How many batches were committed in its transaction. `claimed` and the counts are of all of them. */
  readonly together: number;
  /** Chunks that only a newer version of this program can commit. */
  readonly newer: readonly ChunkRef[];
  /** Chunks of files that the ledger does not know. They stay staged. */
  readonly foreign: readonly ChunkRef[];
}

/** A micro-batch to be committed. `takenAt`: when its chunks were taken from staging, for the ledger. */
export interface TakenBatch {
  readonly batch: OrderedBatch;
  readonly takenAt: Date | null;
}

/** A batch whose payloads are loaded. */
interface LoadedBatch extends TakenBatch, Pick<ByForm, 'own' | 'newer'> {
  readonly began: number;
}

/** A batch of which everything is committed that could be. */
interface DoneBatch extends LoadedBatch {
  /** References of the chunks that the commit carried. */
  readonly carried: readonly string[];
  readonly foreign: readonly ChunkRef[];
}

type Needs = Pick<Stores, 'log' | 'feeds' | 'sql' | 'staging'>;

/**
 * Commits one micro-batch and settles it. A missing payload was committed by another execution, or will be parsed again. A chunk
 * that is already in the ledger inserts nothing (I3). So this may run twice, concurrently, and after any crash.
 */
export async function commit(
  batch: OrderedBatch,
  stores: Needs,
  takenAt: Date | null = null,
): Promise<CommittedBatch> {
  const session = await withContract(stores.sql, batch.contractNo);
  const loaded = await load({ batch, takenAt }, session, stores);
  const done =
    session === undefined
      ? withoutContract(batch, loaded.own)
      : await commitOrSetAside(batch, loaded.own, takenAt, { ...stores, sql: session });
  const { carried, foreign } = done;
  const [result] = await settleAll([{ ...loaded, carried, foreign }], done.commit, stores);
  return result;
}

/** The most bytes of payloads that are committed together, unless it is those of one batch. */
const TOGETHER_BYTES = 8 * 1024 * 1024;

/**
 * Commits micro-batches of one contract in one transaction and settles them. Returns what came of the first of them; others are left when
 * all would be too large. Undefined: nothing is committed, and each must be committed alone, which finds out what is wrong.
 */
export async function commitSome(
  batches: readonly [TakenBatch, ...TakenBatch[]],
  stores: Needs,
): Promise<CommittedBatch[] | undefined> {
  const { contractNo } = batches[0].batch;
  const session = await withContract(stores.sql, contractNo);
  if (session === undefined) return undefined;
  const loaded: LoadedBatch[] = [];
  let bytes = 0;
  for (const taken of batches) {
    const next = await load(taken, session, stores);
    for (const payload of next.own.values()) bytes += payload.length;
    if (loaded.length > 0 && bytes > TOGETHER_BYTES) break;
    loaded.push(next);
  }
  const commit = await commitTogether(
    session,
    loaded.map(({ batch: { id }, own, takenAt }) => ({ id, payloads: [...own.values()], takenAt })),
  );
  if (commit === undefined) return undefined;
  const [first, ...others] = loaded.map((one) => ({ ...one, carried: [...one.own.keys()], foreign: [] }));
  return first && (await settleAll([first, ...others], commit, stores));
}

async function load(
  { batch, takenAt }: TakenBatch,
  session: Sql | undefined,
  stores: Needs,
): Promise<LoadedBatch> {
  const began = performance.now();
  const { own, older, newer } = byForm(batch.chunks, await stores.staging.payloads(batch));
  await dropUnreadable(older, 'staged by an older version', stores);
  killPoint('commit:loaded');
  const ordered = session === undefined ? own : leaveOut(own, batch, session.contract);
  return { batch, takenAt, own: ordered, newer, began };
}

/** What follows the commit of batches. The files that it completed are cleaned up once. */
async function settleAll(
  batches: readonly [DoneBatch, ...DoneBatch[]],
  { closed, chunks, ...counts }: Commit,
  stores: Needs,
): Promise<[CommittedBatch, ...CommittedBatch[]]> {
  const { staging, log } = stores;
  const [first, ...others] = batches;
  const together = batches.length;
  killPoint('commit:committed');
  const settleOne = async ({ batch, carried, newer, foreign }: DoneBatch, complete: typeof closed) => {
    if (newer.length + foreign.length > 0) await staging.noteNewer(batch.id, newer.length);
    await settle(batch.id, carried, complete, stores);
    return { carried: carried.length, claimed: chunks, ...counts, together, newer, foreign };
  };
  const result = await settleOne(first, closed);
  const results: CommittedBatch[] = [];
  for (const other of others) results.push(await settleOne(other, []));
  took('insert', first.began);
  counted('insert', { files: closed.length, records: counts.records, rows: counts.inserted });
  const ms = Math.round(performance.now() - first.began);
  log.info({ batch: first.batch.id, ...(together > 1 && { together }), chunks, ...counts, ms }, 'committed');
  for (const { name, token: _, seconds, strayQuotes, ...file } of closed) {
    const ids = tracing()?.ids({ fileNo: file.fileNo, name });
    log.info({ file: name, ...file, seconds, ...ids }, 'file complete');
    if (strayQuotes !== null) log.warn({ file: name, ...strayQuotes }, 'lines that a quote takes along');
  }
  await traceFiles(closed, stores);
  return [result, ...results];
}
