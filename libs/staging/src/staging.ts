import { readFileSync } from 'node:fs';
import { type ChunkRef, type ContractNo, contractNo, type FileNo, feedOf } from '@sluice/core';
import type { Logger } from '@sluice/process';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { metaJson, type Pair, pairs, sorted } from './chunk-entry.ts';
import { moment, readCount, readJson, tellUnreadable } from './entry.ts';
import type { OpenBatch } from './jobs.ts';
import { type Keys, ofContract, refOf } from './keys.ts';
import type { Raw } from './raw.ts';

/** The most references in one micro-batch, so that many tiny files do not make one endless job. */
const BATCH_REFS = 1_000;
/** The most bytes of payload in one micro-batch. */
const BATCH_BYTES = 4 * 1024 * 1024;

const count = z.number().int().nonnegative();

const stagedRecords = z.object({ records: count, staged_at: moment.default(0) });
/** With more chunks than this, their times are not read: a page that refreshes every few seconds must stay cheap (I8). */
const TIMES_AT_MOST = 5_000;

const batchId = z.uuid();
const refList = z.array(z.string());

/**
 * `staged`: it is in now; `known`: it was in before; `full`: there is no room for its feed now. `waiting` counts the records of
 * its contract outside a batch.
 */
export interface Staged {
  readonly outcome: 'staged' | 'known' | 'full';
  readonly waiting: number;
}

/** Staged chunks, and the references of those whose entries cannot be read, which can only be dropped. */
export interface StagedPage {
  readonly chunks: readonly ChunkRef[];
  readonly unreadable: readonly string[];
}

/** Records that were staged at the same time. */
export interface StagedRecords {
  /** In ms since 1970. */
  readonly at: number;
  readonly records: number;
}

interface Scripts {
  sluiceStage(...args: (string | number)[]): Promise<[Staged['outcome'], number]>;
  sluiceTakeBatch(...args: (string | number)[]): Promise<string[]>;
  sluiceSettle(keys: number, ...args: (string | number)[]): Promise<number>;
  sluiceRebuild(...args: string[]): Promise<unknown>;
  sluiceIdle(...args: string[]): Promise<[idleIn: number, ...contracts: number[]]>;
  sluiceRoom(...args: (string | number)[]): Promise<[own: number, may: number]>;
}

/**
 * Redis as the place where parsed chunks wait for a flush. Each step is one Lua script, so a crash cannot leave it half done. An
 * entry that another program made unreadable is dropped and logged: the ledger has its file open, so it is parsed again (I4).
 */
export class Staging {
  readonly #redis: Redis & Scripts;
  readonly #keys: Keys;
  readonly #log: Logger;
  /** 0: contracts are not marked as busy. */
  readonly #busyFor: number;

  constructor({ redis, keys, log, busyFor = 0 }: Pick<Raw, 'redis' | 'keys' | 'log' | 'busyFor'>) {
    this.#keys = keys;
    this.#log = log;
    this.#busyFor = busyFor;
    redis.defineCommand('sluiceStage', { numberOfKeys: 6, lua: lua('stage') });
    redis.defineCommand('sluiceTakeBatch', { numberOfKeys: 4, lua: lua('take-batch') });
    redis.defineCommand('sluiceSettle', { lua: lua('settle') });
    redis.defineCommand('sluiceRebuild', { numberOfKeys: 6, lua: lua('rebuild') });
    redis.defineCommand('sluiceIdle', { numberOfKeys: 2, lua: lua('idle') });
    redis.defineCommand('sluiceRoom', { numberOfKeys: 1, lua: lua('room') });
    this.#redis = redis as Redis & Scripts;
  }

  /**
   * Stages a chunk, unless it is already there or its feed holds its share of `limit` bytes: all that the others leave while they
   * hold nothing, else half of that.
   */
  async stage(chunk: ChunkRef, payload: string, limit: number): Promise<Staged> {
    const { chunks, staged, pending, totals, busy } = this.#keys;
    const ref = refOf(chunk);
    const [outcome, waiting] = await this.#redis.sluiceStage(
      ...[this.#keys.chunk(ref), staged(chunk.contractNo), chunks, pending, totals, busy(chunk.contractNo)],
      ...[ref, payload, metaJson(chunk, payload), chunk.records, ofContract(RECORDS, chunk.contractNo)],
      ...[bytesOf(feedOf(chunk.file)), limit, this.#busyFor],
    );
    return { outcome, waiting };
  }

  /** Whether a feed that had no room has enough for the work to go on: it holds less than half of its share of `limit` bytes. */
  async hasRoom(feed: string, limit: number): Promise<boolean> {
    const [own, may] = await this.#redis.sluiceRoom(this.#keys.totals, bytesOf(feed), limit);
    return own <= may / 2;
  }

  /** Marks a contract as busy, because files of it were found or queued. Staging a chunk does that too. */
  async keepBusy(contract: ContractNo): Promise<void> {
    if (this.#busyFor > 0) await this.#redis.set(this.#keys.busy(contract), '', 'PX', this.#busyFor);
  }

  /**
   * The contracts with chunks that no micro-batch holds yet, and of which no file is on its way. `nextIn`: ms until another one with
   * such chunks may become idle. The marks expire by the clock of Redis, so the clocks of the hosts do not matter.
   */
  async idle(): Promise<{ readonly contracts: (ContractNo | null)[]; readonly nextIn: number | undefined }> {
    const [nextIn, ...idle] = await this.#redis.sluiceIdle(this.#keys.totals, this.#keys.busy(null));
    const contracts = idle.flatMap((no) => (no === 0 ? [null] : (contractNo.safeParse(no).data ?? [])));
    return { contracts, nextIn: nextIn < 0 ? undefined : nextIn };
  }

  /** The contracts with chunks that no micro-batch holds yet; null for those of a version without contracts. */
  async waitingContracts(): Promise<(ContractNo | null)[]> {
    const fields = await this.#redis.hkeys(this.#keys.totals);
    return fields.flatMap((field) => {
      if (field === RECORDS) return [null];
      const read = contractNo.safeParse(Number(/^records:(\d+)$/.exec(field)?.[1]));
      return read.success ? [read.data] : [];
    });
  }

  /** Takes the oldest staged chunks of a contract as micro-batch `id`; undefined when there are none, or too few for a full one. */
  async takeBatch(
    contract: ContractNo | null,
    {
      id,
      batchRows,
      mode,
    }: { readonly id: string; readonly batchRows: number; readonly mode: 'full' | 'all' },
  ): Promise<OpenBatch | undefined> {
    const { staged, chunks, batches, totals } = this.#keys;
    for (;;) {
      const taken = await this.#redis.sluiceTakeBatch(
        ...[staged(contract), chunks, batches, totals],
        ...[id, batchRows, BATCH_REFS, BATCH_BYTES, mode, ofContract(RECORDS, contract)],
      );
      if (taken.length === 0) return undefined;
      const read = await this.#readable(pairs(taken));
      if (read.length > 0) return { id, contractNo: contract, chunks: read };
      // None of these could be read as a chunk, so the next ones are taken instead.
      await this.settle(id, []);
    }
  }

  /** The payloads of a batch that are still staged, by reference. The others are in the ledger, or will be parsed again. */
  async payloads(batch: OpenBatch): Promise<Map<string, string>> {
    const refs = batch.chunks.map(refOf);
    if (refs.length === 0) return new Map();
    const payloads = await this.#redis.mget(refs.map((ref) => this.#keys.chunk(ref)));
    return new Map(refs.flatMap((ref, i) => (payloads[i] ? [[ref, payloads[i]] as const] : [])));
  }

  /** Drops the payloads that have been committed. Call it after the commit, never before (I5). */
  async settle(batchId: string, carried: readonly string[]): Promise<void> {
    const { chunks, pending, batches, totals, newer } = this.#keys;
    const keys = [chunks, pending, batches, totals, newer, ...carried.map((ref) => this.#keys.chunk(ref))];
    await this.#redis.sluiceSettle(keys.length, ...keys, batchId, this.#keys.chunk(''), ...carried);
  }

  /** All staged chunks, in and outside batches, page by page. A chunk may be named twice. */
  async *all(): AsyncGenerator<StagedPage> {
    for await (const page of this.#redis.hscanStream(this.#keys.chunks, { count: 500 })) {
      const { chunks, unreadable } = sorted(pairs(page as string[]));
      yield { chunks, unreadable: unreadable.map(([ref]) => ref) };
    }
  }

  /** The first characters of the payloads of these chunks, which show their form; '' when there is no payload. */
  async beginnings(chunks: readonly ChunkRef[]): Promise<string[]> {
    const pipeline = this.#redis.pipeline();
    for (const chunk of chunks) pipeline.getrange(this.#keys.chunk(refOf(chunk)), 0, 31);
    const answers = (await pipeline.exec()) ?? [];
    return answers.map(([, beginning]) => (typeof beginning === 'string' ? beginning : ''));
  }

  /** Drops staged chunks without a commit: only for chunks that are parsed again, or that the ledger does not know. */
  async drop(refs: readonly string[]): Promise<void> {
    if (refs.length > 0) await this.settle('', refs);
  }

  /** The batches that have been taken and not settled. */
  async openBatches(): Promise<OpenBatch[]> {
    const batches = await this.#redis.hgetall(this.#keys.batches);
    const open: OpenBatch[] = [];
    const unreadable: string[] = [];
    for (const [id, text] of Object.entries(batches)) {
      const refs = readJson(refList, text);
      if (refs.outcome === 'unreadable' || !batchId.safeParse(id).success) {
        const why = refs.outcome === 'unreadable' ? refs.why : 'its name is no UUID';
        this.#tell(this.#keys.batches, id, why, 'its chunks go into another micro-batch');
        unreadable.push(id);
        continue;
      }
      const none = refs.value.length === 0;
      const metas = none ? [] : await this.#redis.hmget(this.#keys.chunks, ...refs.value);
      const noted = refs.value.flatMap((ref, i): Pair[] => (metas[i] ? [[ref, metas[i]]] : []));
      const chunks = await this.#readable(noted);
      open.push({ id, contractNo: chunks[0]?.contractNo ?? null, chunks });
    }
    if (unreadable.length > 0) await this.rebuild(unreadable);
    return open;
  }

  /**
   * Makes the entries of staged chunks match the payloads that exist.
   *
   * @param forget open batches that cannot be read: their chunks wait for a batch again
   */
  async rebuild(forget: readonly string[] = []): Promise<void> {
    const { staged, chunks, pending, batches, totals, newer } = this.#keys;
    const keys = [staged(null), chunks, pending, batches, totals, newer];
    await this.#redis.sluiceRebuild(...keys, this.#keys.chunk(''), ...forget);
  }

  /** The chunks whose entries can be read. The others are dropped. */
  async #readable(noted: readonly Pair[]): Promise<readonly ChunkRef[]> {
    const { chunks, unreadable } = sorted(noted);
    for (const [ref, why] of unreadable) this.#tell(this.#keys.chunks, ref, why, 'its file is parsed again');
    await this.drop(unreadable.map(([ref]) => ref));
    return chunks;
  }

  #tell(key: string, entry: string, why: string, what: string): void {
    tellUnreadable(this.#log, key, entry, why, what);
  }

  /** Notes how many chunks of an open batch have a newer form than this program can commit. 0 removes the note. */
  async noteNewer(batch: string, chunks: number): Promise<void> {
    if (chunks > 0) await this.#redis.hset(this.#keys.newer, batch, chunks);
    else await this.#redis.hdel(this.#keys.newer, batch);
  }

  /** Which of these files have staged chunks. */
  async pendingOf(files: readonly FileNo[]): Promise<Set<FileNo>> {
    if (files.length === 0) return new Set();
    const counts = await this.#redis.hmget(this.#keys.pending, ...files.map(String));
    return new Set(files.filter((_, i) => readCount(counts[i], 0) > 0));
  }

  /** How many chunks of a contract no micro-batch holds yet. */
  waitingChunks(contract: ContractNo | null): Promise<number> {
    return this.#redis.llen(this.#keys.staged(contract));
  }

  /** The reference of the oldest chunk of a contract that no micro-batch holds yet. */
  async oldestOf(contract: ContractNo | null): Promise<string | undefined> {
    return (await this.#redis.lindex(this.#keys.staged(contract), 0)) ?? undefined;
  }

  /** The reference of the oldest chunk that no micro-batch holds yet. */
  async oldestWaiting(): Promise<string | undefined> {
    const heads = this.#redis.pipeline();
    for (const contract of await this.waitingContracts()) heads.lindex(this.#keys.staged(contract), 0);
    const refs = ((await heads.exec()) ?? []).flatMap(([, ref]) => (typeof ref === 'string' ? [ref] : []));
    if (refs.length < 2) return refs[0];
    const metas = await this.#redis.hmget(this.#keys.chunks, ...refs);
    const times = metas.map((meta) => {
      const read = readJson(stagedRecords, meta ?? '');
      return read.outcome === 'read' ? read.value.staged_at : 0;
    });
    return refs[times.indexOf(Math.min(...times))];
  }

  /** Notes that a flush has taken all that was staged. */
  async noteFlush(at: number): Promise<void> {
    await this.#redis.hset(this.#keys.totals, 'flushed_at', at);
  }

  /** When {@link noteFlush} was last called, in ms since 1970. */
  async lastFlush(): Promise<number | undefined> {
    return readCount(await this.#redis.hget(this.#keys.totals, 'flushed_at'), undefined);
  }

  /** When the uncommitted records were staged. Undefined when there are very many chunks. */
  async records(): Promise<readonly StagedRecords[] | undefined> {
    if ((await this.#redis.hlen(this.#keys.chunks)) > TIMES_AT_MOST) return undefined;
    const metas = await this.#redis.hvals(this.#keys.chunks);
    return metas.flatMap((text) => {
      const read = readJson(stagedRecords, text); // a flush drops an entry that cannot be read, and logs it
      return read.outcome === 'read' ? [{ at: read.value.staged_at, records: read.value.records }] : [];
    });
  }

  /** Number of chunks, of their bytes, of records outside a batch, of unsettled batches, and of chunks for a newer worker. */
  async size(): Promise<Record<'chunks' | 'bytes' | 'waiting' | 'batches' | 'newer', number>> {
    const [chunks, totals, batches, newer] = await Promise.all([
      this.#redis.hlen(this.#keys.chunks),
      this.#redis.hgetall(this.#keys.totals),
      this.#redis.hlen(this.#keys.batches),
      this.#redis.hvals(this.#keys.newer),
    ]);
    return {
      chunks,
      bytes: readCount(totals.bytes, 0),
      waiting: sum(Object.entries(totals).flatMap(([field, text]) => (isRecords(field) ? [text] : []))),
      batches,
      newer: sum(newer),
    };
  }
}

/** Begins the names of the fields of `totals` that count waiting records. */
const RECORDS = 'records';

/** The field of `totals` that counts the bytes of a feed. */
const bytesOf = (feed: string) => `bytes:${feed}`;

const isRecords = (field: string) => field === RECORDS || field.startsWith(`${RECORDS}:`);

function sum(counts: readonly string[]): number {
  return counts.reduce((total, text) => total + readCount(text, 0), 0);
}

function lua(name: string): string {
  const text = (file: string) => readFileSync(new URL(`./lua/${file}.lua`, import.meta.url), 'utf8');
  return text('shared') + text(name);
}
