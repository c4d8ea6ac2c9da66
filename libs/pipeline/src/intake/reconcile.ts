import { type FileNo, parseJobId } from '@sluice/core';
import { type OpenFile, openFiles } from '@sluice/ledger';
import type { Stores } from '../stores.ts';

/** How many open files are looked at together. */
const PAGE = 200;

/**
 * Makes sure that every open file of the ledger is being loaded: it has a parse job, or chunks in staging. The same code queues a
 * file the first time and again after a crash, a failed job or a wipe of Redis (I4); there is no other path.
 */
export class Reconciler {
  readonly #stores: Pick<Stores, 'config' | 'sql' | 'staging' | 'queues'>;
  #cursor: FileNo | 0 = 0;
  #queuedUpTo: FileNo | 0 = 0;

  constructor(stores: Pick<Stores, 'config' | 'sql' | 'staging' | 'queues'>) {
    this.#stores = stores;
  }

  /** Starts again with the oldest open file. */
  restart(): void {
    this.#cursor = 0;
  }

  /**
   * Queues open files, oldest first, while fewer than MAX_QUEUED_FILES wait (I8). Returns how many it queued, how many of these had
   * been queued before, and whether the queue was too full for all of them.
   */
  async enqueue(): Promise<{ queued: number; again: number; more: boolean }> {
    const { sql, staging } = this.#stores;
    let queued = 0;
    let again = 0;
    for (let room = await this.#room(); room > 0; ) {
      const files = await openFiles(sql, this.#cursor, PAGE);
      const dead = await this.#withoutJob(files);
      // This comes after the look at the jobs: a parse that ended in between has already staged its chunks.
      const pending = await staging.pendingOf(dead.map(({ fileNo }) => fileNo));
      const lost = dead.filter(({ fileNo }) => !pending.has(fileNo)).slice(0, room);
      await Promise.all(lost.map((file) => this.#stores.queues.addParse(file)));
      again += lost.filter(({ fileNo }) => fileNo <= this.#queuedUpTo).length;
      queued += lost.length;
      room -= lost.length;
      const last = lost.at(-1)?.fileNo ?? 0;
      if (last > this.#queuedUpTo) this.#queuedUpTo = last;
      // With no room left, the files after the last queued one are looked at again next time.
      this.#cursor = (room > 0 ? files : lost).at(-1)?.fileNo ?? this.#cursor;
      if (files.length < PAGE && room > 0) return { queued, again, more: false };
    }
    return { queued, again, more: true };
  }

  async #room(): Promise<number> {
    const { waiting, prioritized, delayed } = await this.#stores.queues.counts('parse');
    return this.#stores.config.maxQueuedFiles - (waiting + prioritized + delayed);
  }

  async #withoutJob(files: readonly OpenFile[]): Promise<OpenFile[]> {
    const alive = await Promise.all(
      files.map((file) => this.#stores.queues.isAlive('parse', parseJobId(file))),
    );
    return files.filter((_, i) => !alive[i]);
  }
}
