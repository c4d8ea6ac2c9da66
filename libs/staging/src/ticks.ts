import type { Queue } from 'bullmq';
import { moment } from './entry.ts';
import { type FlushJob, flushJob, RETENTION_JOB } from './jobs.ts';
import type { Raw } from './open.ts';

const FLUSH = 'tick';
const ALL: FlushJob = { v: 1, mode: 'all' };
const DAILY_MS = 24 * 3_600_000;

/** What makes the flush and the retention come. */
export class Ticks {
  readonly #queue: Queue;

  constructor({ queues }: Pick<Raw, 'queues'>) {
    this.#queue = queues.flush;
  }

  /**
   * Makes sure that the flush ticks every `interval` ms. Call it again and again: a wipe of Redis ends a scheduler
   * without a word, and so does a tick whose job was lost; a clock that is set back makes it wait for the old time.
   * Returns true when it had to be made, also for another time.
   */
  async ensureFlush(interval: number): Promise<boolean> {
    const scheduler = await this.#read(FLUSH);
    const dueIn = (scheduler?.next ?? Number.NEGATIVE_INFINITY) - Date.now();
    // Somebody else may have written there: from what is no flush job, each tick would make a job that fails.
    const ours = flushJob.safeParse(scheduler?.template?.data).data?.mode === 'all';
    if (ours && scheduler?.every === interval && Math.abs(dueIn) <= 2 * interval) return false;
    // Otherwise it would keep the time that it has.
    if (dueIn > 2 * interval) await this.#queue.removeJobScheduler(FLUSH);
    await this.#queue.upsertJobScheduler(FLUSH, { every: interval }, { name: 'flush', data: ALL });
    return true;
  }

  /** Asks for a flush of all that is staged, unless such a request waits already. */
  async askForFlush(): Promise<void> {
    await this.#queue.add('flush', ALL, { deduplication: { id: 'now' } });
  }

  /** When the flush ticks next, in ms since 1970. */
  async nextFlush(): Promise<number | undefined> {
    return moment.safeParse((await this.#read(FLUSH))?.next).data;
  }

  /** Makes sure that the retention runs daily, or, when everything is kept, that it does not. Call it again and again. */
  async ensureRetention(retention: number | undefined): Promise<void> {
    const next = (await this.#read(RETENTION_JOB))?.next;
    if (retention === undefined) {
      if (next !== undefined) await this.#queue.removeJobScheduler(RETENTION_JOB);
      return;
    }
    if (next !== undefined && next > Date.now() - DAILY_MS) return;
    await this.#queue.upsertJobScheduler(RETENTION_JOB, { every: DAILY_MS }, { name: RETENTION_JOB });
  }

  /** Has the retention go on soon, behind the flushes that wait. */
  async continueRetention(): Promise<void> {
    await this.#queue.add(RETENTION_JOB, {}, { delay: 1_000 });
  }

  /** A scheduler; undefined when there is none that can be read. */
  async #read(name: string): Promise<Awaited<ReturnType<Queue['getJobScheduler']>>> {
    try {
      return await this.#queue.getJobScheduler(name);
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
      throw error;
    }
  }
}
