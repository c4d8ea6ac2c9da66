import { type FileNo, parseJobId } from '@sluice/core';
import { beginFirst, highestFile, type OpenFile, openFeeds, openFilesOf } from '@sluice/ledger';
import type { Stores } from '../stores.ts';

/** How many open files are looked at together. */
const PAGE = 500;

/**
 * How far the open files of a feed have been looked at, up to which of them files were queued since all were, and up to which of
 * them a file may have had a job, whoever added it.
 */
interface Cursor {
  at: FileNo | 0;
  queuedUpTo: FileNo | 0;
  hadJobUpTo: number;
}

/**
 * Makes sure that every open file of the ledger is being loaded: it has a parse job, or chunks in staging. The same code queues a
 * file the first time and again after a crash, a failed job or a wipe of Redis (I4); there is no other path.
 */
export class Reconciler {
  readonly #stores: Pick<Stores, 'config' | 'sql' | 'staging' | 'queues'>;
  readonly #cursors = new Map<string, Cursor>();
  /** The highest number of a version at the first {@link restart}. */
  #older: number | undefined;
  /** The feeds whose open files wait until their table fits. */
  #aside: ReadonlySet<string> = new Set();
  /** How often feeds took turns, so that each is the first one sometimes. */
  #turns = 0;

  constructor(stores: Pick<Stores, 'config' | 'sql' | 'staging' | 'queues'>) {
    this.#stores = stores;
  }

  /** Starts again with the oldest open file of each feed. Versions that are registered after the first call have no jobs yet. */
  async restart(): Promise<void> {
    this.#older ??= await highestFile(this.#stores.sql);
    for (const cursor of this.#cursors.values()) cursor.at = 0;
  }

  /** Whether open files wait for a feed that is set aside. It may come back at any time. */
  get waitsForTable(): boolean {
    return this.#aside.size > 0;
  }

  /**
   * Queues open files while fewer than MAX_QUEUED_FILES wait (I8): of each feed the oldest first, and as many as of any other feed
   * while there are any. Returns how many it queued, how many of these had been queued before, and whether the queue was too full
   * for all of them.
   */
  async enqueue(): Promise<{ queued: number; again: number; more: boolean }> {
    let room = await this.#room();
    let [queued, again] = [0, 0];
    let feeds = await this.#inTurns();
    while (room > 0 && feeds.length > 0) {
      const share = Math.min(PAGE, Math.ceil(room / feeds.length));
      const left: string[] = [];
      for (const feed of feeds) {
        const some = await this.#refill(feed, Math.min(share, room));
        room -= some.queued;
        queued += some.queued;
        again += some.again;
        if (some.more) left.push(feed);
      }
      feeds = left;
    }
    return { queued, again, more: feeds.length > 0 };
  }

  /** The feeds with open files that can be loaded now, each time beginning with another one. */
  async #inTurns(): Promise<string[]> {
    const open = await openFeeds(this.#stores.sql);
    const before = this.#aside;
    this.#aside = new Set(open.flatMap(({ feed, aside }) => (aside ? [feed] : [])));
    // What was queued before the feed was set aside is queued again.
    for (const feed of before) if (!this.#aside.has(feed)) this.#forget(feed);
    const feeds = open.flatMap(({ feed, aside }) => (aside ? [] : [feed]));
    for (const feed of this.#cursors.keys()) if (!open.some((one) => one.feed === feed)) this.#forget(feed);
    this.#turns += 1;
    const first = feeds.length === 0 ? 0 : this.#turns % feeds.length;
    return [...feeds.slice(first), ...feeds.slice(0, first)];
  }

  #forget(feed: string): void {
    const cursor = this.#cursors.get(feed);
    if (cursor !== undefined) Object.assign(cursor, { at: 0, queuedUpTo: 0 });
  }

  /** Looks at the next page of one feed's open files. */
  async #refill(feed: string, room: number): Promise<{ queued: number; again: number; more: boolean }> {
    if (room <= 0) return { queued: 0, again: 0, more: true };
    const { sql, queues } = this.#stores;
    const older = this.#older ?? Number.POSITIVE_INFINITY;
    const cursor = this.#cursors.get(feed) ?? { at: 0, queuedUpTo: 0, hadJobUpTo: older };
    this.#cursors.set(feed, cursor);
    const files = await openFilesOf(sql, feed, cursor.at, PAGE);
    const neverHadJob = ({ untouched, fileNo }: OpenFile) => untouched && fileNo > cursor.hadJobUpTo;
    const wanted = files.filter(({ held }) => !held);
    const lost = new Set(await this.#withoutWork(wanted.filter((file) => !neverHadJob(file))));
    const waiting = wanted.filter((file) => lost.has(file) || neverHadJob(file));
    const now = waiting.slice(0, room);
    const last = now.at(-1)?.fileNo ?? 0;
    await this.#addFirst(now.filter((file) => !lost.has(file)));
    await Promise.all(now.filter((file) => lost.has(file)).map((file) => queues.addParse(file)));
    const again = now.filter(({ fileNo }) => fileNo <= cursor.queuedUpTo).length;
    if (last > cursor.queuedUpTo) cursor.queuedUpTo = last;
    if (last > cursor.hadJobUpTo) cursor.hadJobUpTo = last;
    // The files after the last queued one that found no room are looked at again next time.
    const full = now.length < waiting.length;
    cursor.at = (full ? now : files).at(-1)?.fileNo ?? cursor.at;
    return { queued: now.length, again, more: full || files.length === PAGE };
  }

  /** Another watcher may have begun with some of them meanwhile, and adds the jobs of these. */
  async #addFirst(files: readonly OpenFile[]): Promise<void> {
    const { sql, queues } = this.#stores;
    const begun = await beginFirst(
      sql,
      files.map(({ fileNo }) => fileNo),
    );
    const open = new Map(files.map((file) => [file.fileNo, file]));
    const jobs = begun.flatMap(({ fileNo, changedAt, contractNo, chunkRows, reader }) => {
      const file = open.get(fileNo);
      const firstTry = { changed_at: changedAt, contract: contractNo, chunk_rows: chunkRows, reader };
      return file === undefined ? [] : [{ ...file, firstTry }];
    });
    await queues.addFirstParses(jobs);
  }

  /** The files that have neither a living job nor staged chunks. */
  async #withoutWork(files: readonly OpenFile[]): Promise<OpenFile[]> {
    const { queues, staging } = this.#stores;
    const alive = await Promise.all(files.map((file) => queues.isAlive('parse', parseJobId(file))));
    const dead = files.filter((_, i) => !alive[i]);
    // This comes after the look at the jobs: a parse that ended in between has already staged its chunks.
    const pending = await staging.pendingOf(dead.map(({ fileNo }) => fileNo));
    return dead.filter(({ fileNo }) => !pending.has(fileNo));
  }

  async #room(): Promise<number> {
    const { waiting, prioritized, delayed } = await this.#stores.queues.counts('parse');
    return this.#stores.config.maxQueuedFiles - (waiting + prioritized + delayed);
  }
}
