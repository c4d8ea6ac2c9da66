import { setTimeout as delay } from 'node:timers/promises';
import { type Chunk, type ChunkRef, type ContractNo, contractNo, recordsOf } from '@sluice/core';
import {
  encodeChunk,
  type FileToParse,
  type GoneWhy,
  noteChangeInParse,
  noteUntouched,
} from '@sluice/ledger';
import { killPoint } from '@sluice/process';
import { type OpenSource, UnreadableFile } from '@sluice/source';
import type { Staged } from '@sluice/staging';
import type { FeedStores } from '../stores.ts';
import { flush } from './flush.ts';
import { judge, readChunks } from './read-chunks.ts';

/** A file that was read to its end. */
export interface Parsed {
  readonly outcome: 'parsed';
  readonly records: number;
  readonly chunks: number;
  readonly quarantine?: string;
}

/** How reading one file ended: done, stopped in the middle, not seen by this process, changed, or unreadable. */
export type FileParsed =
  | Parsed
  | { readonly outcome: 'returned' }
  | { readonly outcome: 'unseen' }
  | Exclude<GoneWhy, 'missing'>;

const FULL_WAIT_MS = 200;

const EVENTS = contractNo.parse(1);

/** Reads one file version into staged chunks, in this process. */
export async function parseFile(
  file: FileToParse,
  queuedAt: Date,
  stores: FeedStores,
  stopping: AbortSignal,
): Promise<FileParsed> {
  const parse = new Parse(file, queuedAt, stores, stopping);
  const outcome = await parse.run();
  if (!parse.hasStaged) await noteUntouched(stores.sql, file.fileNo);
  return outcome;
}

/** One execution of one parse. */
class Parse {
  readonly #file: FileToParse;
  readonly #queuedAt: Date;
  readonly #stores: FeedStores;
  readonly #stopping: AbortSignal;
  /** The ctime of the file for which everything read so far is valid. */
  #changedAt: string | null;
  /** Set just before the first chunk is staged: from then on the version no longer counts as untouched. */
  hasStaged = false;
  #records = 0;
  #chunks = 0;
  #quarantine: string | undefined;

  constructor(file: FileToParse, queuedAt: Date, stores: FeedStores, stopping: AbortSignal) {
    this.#file = file;
    this.#queuedAt = queuedAt;
    this.#stores = stores;
    this.#stopping = stopping;
    this.#changedAt = file.changedAt;
  }

  async run(): Promise<FileParsed> {
    const { feed, log } = this.#stores;
    try {
      await using source = await feed.source.open(this.#file.name);
      if (source === undefined || (await source.token()) !== this.#file.token) return { outcome: 'unseen' };
      return (await this.#readAll(source)) ?? 'changed';
    } catch (error) {
      if (!(error instanceof UnreadableFile)) throw error;
      if (!(await this.#isThere())) return { outcome: 'unseen' };
      log.warn({ file: this.#file.name, reason: error.message }, 'cannot be read');
      return 'unreadable';
    }
  }

  /** Whether the version is in the folder that this process sees, readable or not. */
  async #isThere(): Promise<boolean> {
    const { files } = await this.#stores.feed.source.looks([this.#file.name]).catch(() => ({ files: [] }));
    return files[0]?.token === this.#file.token;
  }

  /** Undefined when the file turns out to be another version. */
  async #readAll(source: OpenSource): Promise<Exclude<FileParsed, GoneWhy> | undefined> {
    killPoint('parse:opened');
    if (!(await this.#isSameVersion(source))) return undefined;
    for await (const chunk of this.#chunksOf(source)) {
      if (this.#stopping.aborted) return { outcome: 'returned' };
      if (!(await this.#isSameVersion(source))) return undefined;
      if ((await this.#stage(chunk)) === 'stopped') return { outcome: 'returned' };
    }
    const [records, chunks, quarantine] = [this.#records, this.#chunks, this.#quarantine];
    return { outcome: 'parsed', records, chunks, ...(quarantine && { quarantine }) };
  }

  /** The chunks of the file, or only its last chunk when a first pass finds too many rejects. */
  async *#chunksOf(source: OpenSource): AsyncGenerator<Chunk> {
    const { contract } = this.#stores.sql;
    const refused =
      this.#file.committed.size > 0 ? undefined : await judge(source, this.#file, contract, this.#stopping);
    if (refused !== undefined) yield refused;
    else yield* readChunks(source, this.#file, contract);
  }

  /**
   * Token and ctime are compared before each chunk is staged, so that content from before and after a change is never mixed. If
   * only the ctime differs, everything read so far is read again, and reading goes on if it is the same.
   */
  async #isSameVersion(source: OpenSource): Promise<boolean> {
    const { sql } = this.#stores;
    for (;;) {
      const { token, changedAt } = await source.look();
      if (token !== this.#file.token) return false;
      if (changedAt === this.#changedAt) return true;
      if (!(await source.givesTheSame())) return false;
      if (!(await noteChangeInParse(sql, this.#file.fileNo, this.#changedAt, changedAt))) return false;
      this.#changedAt = changedAt;
    }
  }

  async #stage(chunk: Chunk): Promise<'staged' | 'stopped'> {
    const { fileNo, name, committed } = this.#file;
    this.#records += recordsOf(chunk);
    this.#chunks += 1;
    this.hasStaged = true;
    this.#quarantine = chunk.eof?.quarantine?.reason;
    if (committed.has(chunk.firstLine)) return 'staged';
    const { firstLine, lastLine } = chunk;
    const ref = { contractNo: EVENTS, fileNo, file: name, firstLine, lastLine, records: recordsOf(chunk) };
    const times = { queuedAt: this.#queuedAt.toISOString(), parsedAt: new Date().toISOString() };
    return await this.#stageWhenThereIsRoom(ref, encodeChunk(this.#file, chunk, times));
  }

  /** When staging is full, the parse waits here. It keeps its job and uses up no attempt (I8). */
  async #stageWhenThereIsRoom(
    ref: ChunkRef & { readonly contractNo: ContractNo },
    payload: (stagedAt: string) => string,
  ): Promise<'staged' | 'stopped'> {
    const { staging, config } = this.#stores;
    for (;;) {
      killPoint('parse:before-stage');
      const staged = await staging.stage(ref, payload(new Date().toISOString()), config.stagingMaxBytes);
      killPoint('parse:staged');
      await this.#flushEarly(ref.contractNo, staged);
      if (staged.outcome !== 'full') return 'staged';
      await delay(FULL_WAIT_MS, undefined, { signal: this.#stopping }).catch(() => undefined);
      if (this.#stopping.aborted) return 'stopped';
    }
  }

  /** Flushes without waiting for the tick when there is a full micro-batch, or staging is full. */
  async #flushEarly(contract: ContractNo, { outcome, waiting }: Staged): Promise<void> {
    if (outcome === 'full') await flush('all', this.#stores);
    else if (waiting >= this.#stores.config.batchRows) await flush('full', this.#stores, contract);
  }
}
