import { type FileNo, parseJobId } from '@sluice/core';
import { type OpenFile, openFiles } from '@sluice/ledger';
import type { Stores } from '../stores.ts';

/** Open files looked at together. */
const PAGE = 200;

/**
 * Sees to it that every open file of the ledger is on its way: it has a parse job, or chunks in staging. What
 * queues the first time also queues again after a crash, a failed job or a wipe of Redis (I4): there is no other path.
 */
export class Reconciler {
  readonly #stores: Pick<Stores, 'config' | 'sql' | 'staging' | 'queues'>;
  #cursor: FileNo | 0 = 0;
  #queuedUpTo: FileNo | 0 = 0;

  constructor(stores: Pick<Stores, 'config' | 'sql' | 'staging' | 'queues'>) {
    this.#stores = stores;
  }

  /** Begins again with the oldest open file. */
  restart(): void {
    this.#cursor = 0;
  }

  /**
   * Queues open files, oldest first, while fewer than MAX_QUEUED_FILES wait (I8). Returns how many, how many of them
   * had been queued before, and whether the queue was too full to come to the end.
   */
  async enqueue(): Promise<{ queued: number; again: number; more: boolean }> {
    const { sql, staging } = this.#stores;
    let queued = 0;
    let again = 0;
    for (let room = await this.#room(); room > 0; ) {
      const files = await openFiles(sql, this.#cursor, PAGE);
      const dead = await this.#withoutJob(files);
      // Asked after the jobs: a parse that ended in between has staged its chunks by now.
      const pending = await staging.pendingOf(dead.map(({ fileNo }) => fileNo));
      const lost = dead.filter(({ fileNo }) => !pending.has(fileNo)).slice(0, room);
      await Promise.all(lost.map((file) => this.#stores.queues.addParse(file)));
      again += lost.filter(({ fileNo }) => fileNo <= this.#queuedUpTo).length;
      queued += lost.length;
      room -= lost.length;
      const last = lost.at(-1)?.fileNo ?? 0;
      if (last > this.#queuedUpTo) this.#queuedUpTo = last;
      // With no room left, what stands behind the last queued file is looked at again.
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
