import { setTimeout as delay } from 'node:timers/promises';
import { type Chunk, type ChunkRef, type Contract, recordsOf, sizeOf } from '@sluice/core';
import {
  encodeChunk,
  type FileToParse,
  type GoneWhy,
  noteChangeInParse,
  noteUntouched,
} from '@sluice/ledger';
import { killPoint } from '@sluice/process';
import { ChangedFile, HANGS, type OpenSource, SourceAway, UnreadableFile } from '@sluice/source';
import type { Staged } from '@sluice/staging';
import type { Feed } from '../feed.ts';
import type { Stores } from '../stores.ts';
import { withContract } from './contract.ts';
import { flush } from './flush.ts';
import type { Linger } from './linger.ts';
import { judge, readChunks } from './read-chunks.ts';

/** A file that was read to its end. */
export interface Parsed {
  readonly outcome: 'parsed';
  readonly records: number;
  readonly chunks: number;
  readonly quarantine?: string;
}

/** Why a source cannot be asked, and what to do; nothing where it only does not answer. */
export interface AwayWhy {
  readonly why?: string | undefined;
  readonly hint?: string | undefined;
}

/**
 * How reading one file ended: done, stopped in the middle, without room in staging, not seen by this process, without an answer
 * of the source, changed, or unreadable.
 */
export type FileParsed =
  | Parsed
  | { readonly outcome: 'returned' }
  | { readonly outcome: 'full' }
  | { readonly outcome: 'unseen' }
  | ({ readonly outcome: 'hangs' } & AwayWhy)
  | Exclude<GoneWhy, 'missing'>;

const FULL_WAIT_MS = 200;
/**
 * How long a parse waits for room before it gives its job back: as long as it has worked so far, because it begins again with its
 * next try, but between these.
 */
const FULL_WAIT_AT_LEAST_MS = 2_000;
const FULL_WAIT_AT_MOST_MS = 30_000;

/** Reads one file version into staged chunks, in this process. */
export async function parseFile(
  file: FileToParse,
  queuedAt: Date,
  stores: Stores,
  stopping: AbortSignal,
  linger?: Linger,
): Promise<FileParsed> {
  const feed = await stores.feeds.ofFile(file.name);
  if (feed === undefined) return { outcome: 'unseen' };
  const session = await withContract(stores.sql, file.contractNo);
  if (session === undefined)
    throw new Error(`the ledger has no contract ${file.contractNo} for ${file.name}`);
  const parse = new Parse({ file, feed, contract: session.contract, queuedAt, linger }, stores, stopping);
  const outcome = await parse.run();
  if (!parse.hasStaged) await noteUntouched(stores.sql, file.fileNo);
  return outcome;
}

interface Task {
  readonly file: FileToParse;
  readonly feed: Feed;
  readonly contract: Contract;
  readonly queuedAt: Date;
  readonly linger: Linger | undefined;
}

function whyOf({ code, message, hint }: SourceAway): AwayWhy {
  return code === HANGS ? {} : { why: message, hint };
}

/** One execution of one parse. */
class Parse {
  readonly #file: FileToParse;
  readonly #feed: Feed;
  readonly #contract: Contract;
  readonly #queuedAt: Date;
  readonly #linger: Linger | undefined;
  readonly #stores: Stores;
  readonly #stopping: AbortSignal;
  /** The ctime of the file for which everything read so far is valid. */
  #changedAt: string | null;
  /** Set just before the first chunk is staged: from then on the version no longer counts as untouched. */
  hasStaged = false;
  readonly #began = performance.now();
  /** For how long it has waited for room, in ms. */
  #waited = 0;
  #records = 0;
  #chunks = 0;
  #quarantine: string | undefined;

  constructor({ file, feed, contract, queuedAt, linger }: Task, stores: Stores, stopping: AbortSignal) {
    this.#file = file;
    this.#feed = feed;
    this.#contract = contract;
    this.#queuedAt = queuedAt;
    this.#linger = linger;
    this.#stores = stores;
    this.#stopping = stopping;
    this.#changedAt = file.changedAt;
  }

  async run(): Promise<FileParsed> {
    try {
      const { name, token } = this.#file;
      await using source = await this.#feed.source.open(name, sizeOf(token));
      if (source === undefined || source.opened.token !== token) return { outcome: 'unseen' };
      return (await this.#readAll(source)) ?? 'changed';
    } catch (error) {
      if (error instanceof ChangedFile) return 'changed';
      if (error instanceof SourceAway) return { outcome: 'hangs', ...whyOf(error) };
      if (!(error instanceof UnreadableFile)) throw error;
      if (!(await this.#isThere())) return { outcome: 'unseen' };
      this.#stores.log.warn({ file: this.#file.name, reason: error.message }, 'cannot be read');
      return 'unreadable';
    }
  }

  /** Whether the version is in the folder that this process sees, readable or not. */
  async #isThere(): Promise<boolean> {
    const { source } = this.#feed;
    const { files } = await source.looks([this.#file.name]).catch(() => ({ files: [] }));
    return files[0]?.token === this.#file.token;
  }

  /** Undefined when the file turns out to be another version. */
  async #readAll(source: OpenSource): Promise<Exclude<FileParsed, GoneWhy> | undefined> {
    killPoint('parse:opened');
    if (!(await this.#isSameVersion(source, source.opened))) return undefined;
    for await (const chunk of this.#chunksOf(source)) {
      if (this.#stopping.aborted) return { outcome: 'returned' };
      if (!(await this.#isSameVersion(source))) return undefined;
      const staged = await this.#stage(chunk);
      if (staged !== 'staged') return { outcome: staged };
    }
    const [records, chunks, quarantine] = [this.#records, this.#chunks, this.#quarantine];
    return { outcome: 'parsed', records, chunks, ...(quarantine && { quarantine }) };
  }

  /** The chunks of the file, or only its last chunk when a first pass finds too many rejects. */
  async *#chunksOf(source: OpenSource): AsyncGenerator<Chunk> {
    const contract = this.#contract;
    const refused =
      this.#file.committed.size > 0 ? undefined : await judge(source, this.#file, contract, this.#stopping);
    if (refused !== undefined) yield refused;
    else yield* readChunks(source, this.#file, contract);
  }

  /**
   * Token and ctime are compared before each chunk is staged, so that content from before and after a change is never mixed. If
   * only the ctime differs, everything read so far is read again, and reading goes on if it is the same.
   */
  async #isSameVersion(source: OpenSource, seen?: OpenSource['opened']): Promise<boolean> {
    const { sql } = this.#stores;
    for (let look = seen ?? (await source.look()); ; look = await source.look()) {
      const { token, changedAt } = look;
      if (token !== this.#file.token) return false;
      if (changedAt === this.#changedAt) return true;
      if (!(await source.givesTheSame())) return false;
      if (!(await noteChangeInParse(sql, this.#file.fileNo, this.#changedAt, changedAt))) return false;
      this.#changedAt = changedAt;
    }
  }

  async #stage(chunk: Chunk): Promise<'staged' | 'returned' | 'full'> {
    const { contractNo, fileNo, name, committed } = this.#file;
    this.#records += recordsOf(chunk);
    this.#chunks += 1;
    this.hasStaged = true;
    this.#quarantine = chunk.eof?.quarantine?.reason;
    if (committed.has(chunk.firstLine)) return 'staged';
    const { firstLine, lastLine } = chunk;
    const ref = { contractNo, fileNo, file: name, firstLine, lastLine, records: recordsOf(chunk) };
    const times = { queuedAt: this.#queuedAt.toISOString(), parsedAt: new Date().toISOString() };
    return await this.#stageWhenThereIsRoom(ref, encodeChunk(this.#file, chunk, times));
  }

  /**
   * Without room in staging, the parse waits here for a while, and then gives its job back. That uses up no attempt (I8). What it
   * has staged stays, so the next try stages only what is missing.
   */
  async #stageWhenThereIsRoom(
    ref: ChunkRef,
    payload: (stagedAt: string) => string,
  ): Promise<'staged' | 'returned' | 'full'> {
    const { staging, config } = this.#stores;
    const fullAt = performance.now();
    const worked = fullAt - this.#began - this.#waited;
    const patience = Math.min(Math.max(worked, FULL_WAIT_AT_LEAST_MS), FULL_WAIT_AT_MOST_MS);
    for (;;) {
      killPoint('parse:before-stage');
      const staged = await staging.stage(ref, payload(new Date().toISOString()), config.stagingMaxBytes);
      killPoint('parse:staged');
      await this.#flushEarly(ref, staged);
      const waited = performance.now() - fullAt;
      if (staged.outcome !== 'full') {
        this.#waited += waited;
        return 'staged';
      }
      if (waited > patience) return 'full';
      await delay(FULL_WAIT_MS, undefined, { signal: this.#stopping }).catch(() => undefined);
      if (this.#stopping.aborted) return 'returned';
    }
  }

  /** Flushes without waiting for the tick when there is a full micro-batch, or staging is full. */
  async #flushEarly(chunk: ChunkRef, { outcome, waiting }: Staged): Promise<void> {
    const isFull = waiting >= this.#stores.config.batchRows;
    if (outcome === 'full') await flush('all', this.#stores);
    else if (isFull) await flush('full', this.#stores, [chunk.contractNo]);
    // The chunk that a full batch has no room for is the first one of the next.
    if (outcome === 'staged' && (isFull || waiting === chunk.records))
      this.#linger?.begin(chunk, this.#landedAt);
  }

  /** When the file landed, in ms since 1970 by the clock of its source. */
  get #landedAt(): number | null {
    return this.#changedAt === null ? null : Number(this.#changedAt) / 1e6;
  }
}
