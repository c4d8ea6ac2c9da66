import { setTimeout as delay } from 'node:timers/promises';
import { type Chunk, type ChunkRef, encodeChunk, recordsOf } from '@sluice/core';
import type { FileToParse, GoneWhy } from '@sluice/postgres';
import type { Staged } from '@sluice/redis';
import { killPoint } from '@sluice/runtime';
import { type OpenSource, UnreadableFile } from '@sluice/source';
import { flush } from './flush.ts';
import { judge, readChunks } from './read-chunks.ts';
import type { Stores } from './stores.ts';

/** A file that was read to its end. */
export interface Parsed {
  readonly outcome: 'parsed';
  readonly records: number;
  readonly chunks: number;
  readonly quarantine?: string;
}

/** How reading one file ended: done, stopped in the middle, or not to be read now. */
export type FileParsed = Parsed | { readonly outcome: 'returned' } | GoneWhy;

const FULL_WAIT_MS = 200;

/** Reads one file version into staged chunks, in this process. */
export async function parseFile(
  file: FileToParse,
  queuedAt: Date,
  stores: Stores,
  stopping: AbortSignal,
): Promise<FileParsed> {
  try {
    await using source = await stores.folder.open(file.name);
    if (source === undefined) return 'missing';
    return (await new Parse(file, source, queuedAt, stores, stopping).run()) ?? 'changed';
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    stores.log.warn({ file: file.name, reason: error.message }, 'cannot be read');
    return 'unreadable';
  }
}

/** One execution of one parse. */
class Parse {
  readonly #file: FileToParse;
  readonly #source: OpenSource;
  readonly #queuedAt: Date;
  readonly #stores: Stores;
  readonly #stopping: AbortSignal;
  #records = 0;
  #chunks = 0;
  #quarantine: string | undefined;

  constructor(file: FileToParse, source: OpenSource, queuedAt: Date, stores: Stores, stopping: AbortSignal) {
    this.#file = file;
    this.#source = source;
    this.#queuedAt = queuedAt;
    this.#stores = stores;
    this.#stopping = stopping;
  }

  /** Undefined when the file turns out to be another version. */
  async run(): Promise<Exclude<FileParsed, GoneWhy> | undefined> {
    killPoint('parse:opened');
    if (!(await this.#isSameVersion())) return undefined;
    for await (const chunk of this.#read()) {
      if (this.#stopping.aborted) return { outcome: 'returned' };
      const staged = await this.#stage(chunk);
      if (staged !== 'staged') return staged === 'stopped' ? { outcome: 'returned' } : undefined;
    }
    const [records, chunks, quarantine] = [this.#records, this.#chunks, this.#quarantine];
    return { outcome: 'parsed', records, chunks, ...(quarantine && { quarantine }) };
  }

  /** The chunks of the file; or its end mark alone, when a first pass finds too many rejects. */
  async *#read(): AsyncGenerator<Chunk> {
    const refused =
      this.#file.committed.size > 0 ? undefined : await judge(this.#source, this.#file, this.#stopping);
    if (refused !== undefined) yield refused;
    else yield* readChunks(this.#source, this.#file);
  }

  /** The token is compared before each chunk is staged: what was read before a change must not be mixed with what came after. */
  async #isSameVersion(): Promise<boolean> {
    return (await this.#source.token()) === this.#file.token;
  }

  async #stage(chunk: Chunk): Promise<'staged' | 'changed' | 'stopped'> {
    if (!(await this.#isSameVersion())) return 'changed';
    const { fileNo, name, committed } = this.#file;
    this.#records += recordsOf(chunk);
    this.#chunks += 1;
    this.#quarantine = chunk.eof?.quarantine?.reason;
    if (committed.has(chunk.firstLine)) return 'staged';
    const { firstLine, lastLine } = chunk;
    const ref = { fileNo, file: name, firstLine, lastLine, records: recordsOf(chunk) };
    const times = { queuedAt: this.#queuedAt.toISOString(), parsedAt: new Date().toISOString() };
    return await this.#stageWhenThereIsRoom(ref, encodeChunk(fileNo, chunk, times));
  }

  /** Full staging makes a parse wait here, with its job and without using up an attempt (I8). */
  async #stageWhenThereIsRoom(
    ref: ChunkRef,
    payload: (stagedAt: string) => string,
  ): Promise<'staged' | 'stopped'> {
    const { staging, config } = this.#stores;
    for (;;) {
      killPoint('parse:before-stage');
      const staged = await staging.stage(ref, payload(new Date().toISOString()), config.stagingMaxBytes);
      killPoint('parse:staged');
      await this.#flushEarly(staged);
      if (staged.outcome !== 'full') return 'staged';
      await delay(FULL_WAIT_MS, undefined, { signal: this.#stopping }).catch(() => undefined);
      if (this.#stopping.aborted) return 'stopped';
    }
  }

  /** A full micro-batch, or a full staging, does not wait for the tick. */
  async #flushEarly({ outcome, waiting }: Staged): Promise<void> {
    if (outcome === 'full') await flush('all', this.#stores);
    else if (waiting >= this.#stores.config.batchRows) await flush('full', this.#stores);
  }
}
