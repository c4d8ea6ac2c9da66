import type { ChunkRef, ContractNo } from '@sluice/core';
import { messageOf } from '@sluice/process';
import { refOf } from '@sluice/staging';
import type { Stores } from '../stores.ts';
import { flush } from './flush.ts';

/**
 * Flushes a micro-batch that does not fill, so that its first rows are committed FLUSH_INTERVAL after their file landed. By the tick
 * alone they would wait for that long from when they were staged. They are given half of FLUSH_INTERVAL at least, because batches
 * shall be large. The process that stages the first chunk of a batch has the timer; if it dies, the tick takes the batch.
 */
export class Linger {
  readonly #stores: Pick<Stores, 'config' | 'log' | 'staging' | 'queues'>;
  readonly #stopping: AbortSignal;
  readonly #timers = new Map<ContractNo | null, NodeJS.Timeout>();

  constructor(stores: Pick<Stores, 'config' | 'log' | 'staging' | 'queues'>, stopping: AbortSignal) {
    this.#stores = stores;
    this.#stopping = stopping;
  }

  /** Call it for the first chunk of a batch. @param landedAt when its file landed, by the clock of the source */
  begin(chunk: ChunkRef, landedAt: number | null): void {
    const { flushInterval } = this.#stores.config;
    const age = landedAt === null ? 0 : Math.max(0, Date.now() - landedAt);
    // The batch before has been taken: this chunk would not be the first one otherwise.
    clearTimeout(this.#timers.get(chunk.contractNo));
    const ms = flushInterval - Math.min(age, flushInterval / 2);
    this.#timers.set(chunk.contractNo, setTimeout(() => void this.#end(chunk), ms).unref());
  }

  async #end(chunk: ChunkRef): Promise<void> {
    const { staging, log } = this.#stores;
    if (this.#stopping.aborted) return;
    try {
      const oldest = await staging.oldestOf(chunk.contractNo);
      if (oldest === refOf(chunk)) await flush('all', this.#stores, [chunk.contractNo]);
    } catch (error) {
      log.debug({ reason: messageOf(error) }, 'cannot flush now: the next tick does it');
    }
  }
}
