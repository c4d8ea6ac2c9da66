import { feedOf } from '@sluice/core';
import type { Handled, TakenJob } from '@sluice/staging';
import type { Stores } from '../stores.ts';
import { LargeFiles } from './large-files.ts';
import { parse } from './parse.ts';
import { Room } from './room.ts';
import type { Sight } from './sight.ts';

/**
 * The parse jobs of one process. A job that cannot go on here and now is given back with a delay and uses no attempt, so that its
 * slot serves other files: of a feed whose source this process does not see, of one without room in staging, or a large file while
 * the slots for large files are taken.
 */
export class ParseStage {
  readonly #stores: Stores;
  readonly #sight: Sight;
  readonly #stopping: AbortSignal;
  readonly #room: Room;
  readonly #large: LargeFiles;

  constructor(stores: Stores, sight: Sight, stopping: AbortSignal) {
    this.#stores = stores;
    this.#sight = sight;
    this.#stopping = stopping;
    this.#room = new Room(stores);
    this.#large = new LargeFiles(stores.config.workerConcurrency);
  }

  async run(job: TakenJob<'parse'>): Promise<Handled> {
    const feed = feedOf(job.data.file);
    const unseen = this.#sight.wait(feed);
    if (unseen !== undefined) return later(unseen, UNSEEN);
    const full = await this.#room.wait(feed);
    if (full !== undefined) return later(full, FULL);
    const slot = this.#large.enter(job.data.bytes ?? 0);
    if ('wait' in slot) return later(slot.wait, 'the slots for large files are taken');
    try {
      return await this.#parse(feed, job);
    } finally {
      slot.leave();
    }
  }

  async #parse(feed: string, job: TakenJob<'parse'>): Promise<Handled> {
    const outcome = await parse(job.data, job.addedAt, this.#stores, this.#stopping);
    switch (outcome.outcome) {
      case 'newer':
        return { outcome: 'newer', what: 'its reading' };
      case 'returned':
        return { outcome: 'returned', why: 'this worker stops' };
      case 'full':
        return later(this.#room.refused(feed), FULL);
      case 'unseen':
      case 'hangs':
        return later(await this.#sight.missed(outcome.file, outcome.outcome), UNSEEN);
      case 'parsed':
        await this.#sight.saw(feed);
        return { outcome: 'done', result: outcome };
      default:
        return { outcome: 'done', result: outcome };
    }
  }
}

const FULL = 'staging has no room for its feed';
const UNSEEN = 'this worker does not see the file';

function later(ms: number, why: string): Handled {
  return { outcome: 'later', ms, why };
}
