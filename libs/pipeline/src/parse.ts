import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Chunk,
  type ChunkRef,
  type Decoded,
  EventFile,
  encodeChunk,
  READER_VERSION,
  recordsOf,
  Utf8Lines,
} from '@sluice/core';
import type { FileToParse } from '@sluice/postgres';
import type { ParseJob, Staged } from '@sluice/redis';
import type { OpenSource } from '@sluice/source';
import { flush } from './flush.ts';
import type { Stores } from './stores.ts';

/** How a parse ended. `gone`: the file is missing or is another version by now. `returned`: stopped in the middle. */
export type ParseOutcome =
  | {
      readonly outcome: 'parsed';
      readonly records: number;
      readonly chunks: number;
      readonly quarantine?: string;
    }
  | { readonly outcome: 'gone' | 'closed' | 'unknown' | 'returned' };

const FULL_WAIT_MS = 200;

/**
 * Reads one file version into staged chunks. May run any number of times, in any number of processes at once: the same
 * bytes give the same chunks (I6), and each is staged once and committed once (I3).
 */
export async function parse(
  job: ParseJob,
  queuedAt: Date,
  stores: Stores,
  stopping: AbortSignal,
): Promise<ParseOutcome> {
  const { ledger, folder, log } = stores;
  const began = performance.now();
  const file = await ledger.toParse(job.file_no);
  if (file === undefined) return { outcome: 'unknown' };
  if (file.closed) return { outcome: 'closed' };
  if (file.reader > READER_VERSION)
    throw new Error(`${file.name} began with a newer reader: update this worker`);
  await using source = await folder.open(file.name);
  const outcome =
    source === undefined ? undefined : await new Parse(file, source, queuedAt, stores, stopping).run();
  if (outcome === undefined) {
    if (await ledger.markGone(file.fileNo))
      log.warn({ file: file.name }, 'gone or changed before it was read');
    return { outcome: 'gone' };
  }
  log.info({ file: file.name, ...outcome, ms: Math.round(performance.now() - began) }, 'parsed');
  return outcome;
}

/** One execution of one parse. */
class Parse {
  readonly #file: FileToParse;
  readonly #source: OpenSource;
  readonly #queuedAt: Date;
  readonly #stores: Stores;
  readonly #stopping: AbortSignal;
  readonly #events: EventFile;
  readonly #hash = createHash('sha256');
  #records = 0;
  #chunks = 0;

  constructor(file: FileToParse, source: OpenSource, queuedAt: Date, stores: Stores, stopping: AbortSignal) {
    this.#file = file;
    this.#source = source;
    this.#queuedAt = queuedAt;
    this.#stores = stores;
    this.#stopping = stopping;
    this.#events = new EventFile({ chunkRows: file.chunkRows });
  }

  /** Undefined when the file turns out to be another version. */
  async run(): Promise<ParseOutcome | undefined> {
    if (!(await this.#isSameVersion())) return undefined;
    for await (const chunk of this.#read()) {
      if (this.#stopping.aborted) return { outcome: 'returned' };
      const staged = await this.#stage(chunk);
      if (staged !== 'staged') return staged === 'stopped' ? { outcome: 'returned' } : undefined;
    }
    const quarantine = this.#events.fault?.reason;
    return {
      outcome: 'parsed',
      records: this.#records,
      chunks: this.#chunks,
      ...(quarantine && { quarantine }),
    };
  }

  /** The chunks of the file, the last of them with the total. */
  async *#read(): AsyncGenerator<Chunk> {
    const events = this.#events;
    const lines = new Utf8Lines();
    for await (const block of this.#source.blocks()) {
      this.#hash.update(block);
      yield* this.#chunksOf(lines.push(block));
      if (events.fault !== null) break;
    }
    if (events.fault === null) yield* this.#chunksOf(lines.end());
    if (events.fault === null) yield* events.finish();
    yield events.end(this.#hash.digest('hex'));
  }

  #chunksOf({ text, invalid }: Decoded): Chunk[] {
    const chunks = this.#events.push(text);
    if (invalid) this.#events.fail({ reason: 'encoding', detail: 'a line that is not UTF-8' });
    return chunks;
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
      const staged = await staging.stage(ref, payload(new Date().toISOString()), config.stagingMaxBytes);
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
