import { type FileNo, parseJobId } from '@sluice/core';
import type { OpenFile } from '@sluice/postgres';
import { isAlive, type ParseJob, replaceJob } from '@sluice/redis';
import type { Stores } from './stores.ts';

/** Open files looked at together. */
const PAGE = 200;

/**
 * Sees to it that every open file of the ledger is on its way: it has a parse job, or chunks in staging. What
 * queues the first time also queues again after a crash, a failed job or a wipe of Redis (I4): there is no other path.
 */
export class Reconciler {
  readonly #stores: Stores;
  #cursor: FileNo | 0 = 0;
  #queuedUpTo: FileNo | 0 = 0;

  constructor(stores: Stores) {
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
    const { ledger, staging } = this.#stores;
    let queued = 0;
    let again = 0;
    for (let room = await this.#room(); room > 0; ) {
      const files = await ledger.open(this.#cursor, PAGE);
      const dead = await this.#withoutJob(files);
      // Asked after the jobs: a parse that ended in between has staged its chunks by now.
      const pending = await staging.pendingOf(dead.map(({ fileNo }) => fileNo));
      for (const file of dead) {
        if (room > 0 && !pending.has(file.fileNo)) {
          await this.#queue(file);
          queued += 1;
          if (file.fileNo <= this.#queuedUpTo) again += 1;
          else this.#queuedUpTo = file.fileNo;
          room -= 1;
        }
        if (room > 0) this.#cursor = file.fileNo;
      }
      if (room > 0) this.#cursor = files.at(-1)?.fileNo ?? this.#cursor;
      if (files.length < PAGE && room > 0) return { queued, again, more: false };
    }
    return { queued, again, more: true };
  }

  async #room(): Promise<number> {
    const counts = await this.#stores.queues.parse.getJobCounts('wait', 'prioritized', 'delayed');
    const waiting = Object.values(counts).reduce((sum, count) => sum + count, 0);
    return this.#stores.config.maxQueuedFiles - waiting;
  }

  async #withoutJob(files: readonly OpenFile[]): Promise<OpenFile[]> {
    const alive = await Promise.all(
      files.map((file) => isAlive(this.#stores.queues.parse, parseJobId(file))),
    );
    return files.filter((_, i) => !alive[i]);
  }

  async #queue(file: OpenFile): Promise<void> {
    const data: ParseJob = { v: 1, file_no: file.fileNo, file: file.name };
    await replaceJob(this.#stores.queues.parse, 'parse', data, parseJobId(file));
  }
}
