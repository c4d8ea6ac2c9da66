import { feedOf } from '@sluice/core';
import { takeBackBeginning } from '@sluice/ledger';
import { counted, took } from '@sluice/process';
import type { Handled, ParseJob, TakenJob } from '@sluice/staging';
import type { Stores } from '../stores.ts';
import { LargeFiles } from './large-files.ts';
import { Linger } from './linger.ts';
import { parse } from './parse.ts';
import { Room } from './room.ts';
import type { Sight } from './sight.ts';
import { Standings } from './standings.ts';

type Turn = { readonly leave: () => void } | { readonly wait: number; readonly why: string };

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
  readonly #linger: Linger;
  readonly #standings: Standings;

  constructor(stores: Stores, sight: Sight, stopping: AbortSignal) {
    this.#stores = stores;
    this.#sight = sight;
    this.#stopping = stopping;
    this.#room = new Room(stores);
    this.#large = new LargeFiles(stores.config.workerConcurrency);
    this.#linger = new Linger(stores, stopping);
    this.#standings = new Standings(stores);
  }

  async run(job: TakenJob<'parse'>): Promise<Handled> {
    const { first_try: first, ...data } = job.data;
    const feed = feedOf(data.file);
    const turn = await this.#turnOf(feed, data.bytes ?? 0);
    try {
      // Who added the job has noted the beginning of its first try, which is taken back where that try is none.
      const isFirst = first !== undefined && job.isFirstTry;
      const asNoted = isFirst && 'leave' in turn && (await this.#standings.loads(feed, first.contract));
      if (isFirst && !asNoted) await takeBackBeginning(this.#stores.sql, data.file_no);
      if ('wait' in turn) return later(turn.wait, turn.why);
      return await this.#parse(feed, asNoted ? job.data : data, job.addedAt);
    } finally {
      if ('leave' in turn) turn.leave();
    }
  }

  /** Whether a file may be read now, or how long it must wait, in ms. */
  async #turnOf(feed: string, bytes: number): Promise<Turn> {
    const unseen = this.#sight.wait(feed);
    if (unseen !== undefined) return { wait: unseen, why: UNSEEN };
    const full = await this.#room.wait(feed);
    if (full !== undefined) return { wait: full, why: FULL };
    const slot = this.#large.enter(bytes);
    return 'wait' in slot ? { ...slot, why: 'the slots for large files are taken' } : slot;
  }

  async #parse(feed: string, job: ParseJob, addedAt: Date): Promise<Handled> {
    const began = performance.now();
    const outcome = await parse(job, addedAt, this.#stores, this.#stopping, this.#linger);
    switch (outcome.outcome) {
      case 'newer':
        return { outcome: 'newer', what: 'its reading' };
      case 'returned':
        return { outcome: 'returned', why: 'this worker stops' };
      case 'full':
        return later(this.#room.refused(feed), FULL);
      case 'unseen':
      case 'hangs':
        return later(await this.#sight.missed(outcome.file, outcome.outcome, outcome), UNSEEN);
      case 'parsed':
        took('parse', began);
        counted('parse', { files: 1, bytes: job.bytes ?? 0, records: outcome.records });
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
