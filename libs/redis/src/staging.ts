import { readFileSync } from 'node:fs';
import { type ChunkRef, type FileNo, fileNo } from '@sluice/core';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { type Keys, refOf } from './keys.ts';

/** References in one micro-batch at most: many tiny files must not make one endless job. */
const BATCH_REFS = 1_000;
/** Payload of one micro-batch at most, in bytes. */
const BATCH_BYTES = 4 * 1024 * 1024;

const chunkMeta = z
  .object({
    file_no: fileNo,
    file: z.string(),
    first_line: z.number(),
    last_line: z.number(),
    records: z.number(),
    bytes: z.number(),
  })
  .transform(
    (meta): ChunkRef => ({
      fileNo: meta.file_no,
      file: meta.file,
      firstLine: meta.first_line,
      lastLine: meta.last_line,
      records: meta.records,
    }),
  );

const refList = z.array(z.string());

/** `staged`: it is in; `known`: it was; `full`: there is no room now. `waiting` counts records outside a batch. */
export interface Staged {
  readonly outcome: 'staged' | 'known' | 'full';
  readonly waiting: number;
}

/** A micro-batch that has been taken and not yet settled. */
export interface OpenBatch {
  readonly id: string;
  readonly chunks: readonly ChunkRef[];
}

interface Scripts {
  sluiceStage(...args: (string | number)[]): Promise<[Staged['outcome'], number]>;
  sluiceTakeBatch(...args: (string | number)[]): Promise<string[]>;
  sluiceSettle(keys: number, ...args: (string | number)[]): Promise<number>;
}

/** Redis as the place where parsed chunks wait for a flush. Each move is one Lua script, so no crash can halve it. */
export class Staging {
  readonly #redis: Redis & Scripts;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#keys = keys;
    redis.defineCommand('sluiceStage', { numberOfKeys: 5, lua: lua('stage') });
    redis.defineCommand('sluiceTakeBatch', { numberOfKeys: 4, lua: lua('take-batch') });
    redis.defineCommand('sluiceSettle', { lua: lua('settle') });
    this.#redis = redis as Redis & Scripts;
  }

  /** Stages a chunk unless it is there already or staging holds `limit` bytes. */
  async stage(chunk: ChunkRef, payload: string, limit: number): Promise<Staged> {
    const { chunks, staged, pending, totals } = this.#keys;
    const ref = refOf(chunk);
    const [outcome, waiting] = await this.#redis.sluiceStage(
      ...[this.#keys.chunk(ref), staged, chunks, pending, totals],
      ...[ref, payload, metaJson(chunk, payload), chunk.fileNo, chunk.records, limit],
    );
    return { outcome, waiting };
  }

  /** Takes the oldest staged chunks as micro-batch `id`; undefined when there are none, or not enough for a full one. */
  async takeBatch(id: string, batchRows: number, mode: 'full' | 'all'): Promise<OpenBatch | undefined> {
    const { staged, chunks, batches, totals } = this.#keys;
    const metas = await this.#redis.sluiceTakeBatch(
      ...[staged, chunks, batches, totals],
      ...[id, batchRows, BATCH_REFS, BATCH_BYTES, mode],
    );
    if (metas.length === 0) return undefined;
    return { id, chunks: metas.map((meta) => chunkMeta.parse(JSON.parse(meta))) };
  }

  /** The payloads of a batch that are still staged, by reference. The others are in the ledger, or will be parsed again. */
  async payloads(batch: OpenBatch): Promise<Map<string, string>> {
    const refs = batch.chunks.map(refOf);
    if (refs.length === 0) return new Map();
    const payloads = await this.#redis.mget(refs.map((ref) => this.#keys.chunk(ref)));
    return new Map(refs.flatMap((ref, i) => (payloads[i] ? [[ref, payloads[i]] as const] : [])));
  }

  /** Drops the payloads that a commit has carried. Call it after the commit, never before (I5). */
  async settle(batchId: string, carried: readonly string[]): Promise<void> {
    const { chunks, pending, batches, totals } = this.#keys;
    const keys = [chunks, pending, batches, totals, ...carried.map((ref) => this.#keys.chunk(ref))];
    await this.#redis.sluiceSettle(keys.length, ...keys, batchId, this.#keys.chunk(''), ...carried);
  }

  /** All staged chunks, in and outside batches, page by page. A chunk may be named twice. */
  async *all(): AsyncGenerator<ChunkRef[]> {
    for await (const page of this.#redis.hscanStream(this.#keys.chunks, { count: 500 })) {
      const metas = (page as string[]).filter((_, i) => i % 2 === 1);
      yield metas.map((meta) => chunkMeta.parse(JSON.parse(meta)));
    }
  }

  /** Drops staged chunks without a commit: only for those that are parsed again, or that the ledger does not know. */
  async drop(chunks: readonly ChunkRef[]): Promise<void> {
    await this.settle('', chunks.map(refOf));
  }

  /** The batches that have been taken and not settled. */
  async openBatches(): Promise<OpenBatch[]> {
    const batches = await this.#redis.hgetall(this.#keys.batches);
    const open: OpenBatch[] = [];
    for (const [id, refs] of Object.entries(batches)) {
      const metas = await this.#redis.hmget(this.#keys.chunks, ...refList.parse(JSON.parse(refs)));
      open.push({ id, chunks: metas.flatMap((meta) => (meta ? [chunkMeta.parse(JSON.parse(meta))] : [])) });
    }
    return open;
  }

  /** Of these files, those that have staged chunks. */
  async pendingOf(files: readonly FileNo[]): Promise<Set<FileNo>> {
    if (files.length === 0) return new Set();
    const counts = await this.#redis.hmget(this.#keys.pending, ...files.map(String));
    return new Set(files.filter((_, i) => counts[i] !== null));
  }

  /** The oldest chunk that no micro-batch holds yet, by its reference. */
  async oldestWaiting(): Promise<string | undefined> {
    return (await this.#redis.lindex(this.#keys.staged, 0)) ?? undefined;
  }

  /** Notes that a flush has taken all that was staged. */
  async noteFlush(at: number): Promise<void> {
    await this.#redis.hset(this.#keys.totals, 'flushed_at', at);
  }

  /** When {@link noteFlush} was last called, in ms since 1970. */
  async lastFlush(): Promise<number | undefined> {
    const at = await this.#redis.hget(this.#keys.totals, 'flushed_at');
    return at === null ? undefined : Number(at);
  }

  /** What staging holds: chunks and bytes, records outside a batch, and batches taken but not settled. */
  async size(): Promise<{ chunks: number; bytes: number; waiting: number; batches: number }> {
    const [chunks, totals, batches] = await Promise.all([
      this.#redis.hlen(this.#keys.chunks),
      this.#redis.hmget(this.#keys.totals, 'bytes', 'records'),
      this.#redis.hlen(this.#keys.batches),
    ]);
    return { chunks, bytes: Number(totals[0] ?? 0), waiting: Number(totals[1] ?? 0), batches };
  }
}

function metaJson(chunk: ChunkRef, payload: string): string {
  return JSON.stringify({
    file_no: chunk.fileNo,
    file: chunk.file,
    first_line: chunk.firstLine,
    last_line: chunk.lastLine,
    records: chunk.records,
    bytes: Buffer.byteLength(payload),
    staged_at: Date.now(),
  });
}

function lua(name: string): string {
  return readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8');
}
