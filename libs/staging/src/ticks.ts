import type { Queue } from 'bullmq';
import { moment } from './entry.ts';
import { type FlushJob, flushJob, RETENTION_JOB } from './jobs.ts';
import type { Raw } from './raw.ts';

const FLUSH = 'tick';
const ALL: FlushJob = { v: 1, mode: 'all' };
const DAILY_MS = 24 * 3_600_000;

/** The schedules of the flush and the retention. */
export class Ticks {
  readonly #queue: Queue;

  constructor({ queues }: Pick<Raw, 'queues'>) {
    this.#queue = queues.flush;
  }

  /**
   * Makes sure that a flush runs every `interval` ms. Call it repeatedly: a wipe of Redis, or the loss of a tick's job, ends the
   * scheduler silently, and after a clock is set back the scheduler waits for the old time. Returns true when the scheduler had
   * to be created or changed.
   */
  async ensureFlush(interval: number): Promise<boolean> {
    const scheduler = await this.#read(FLUSH);
    const dueIn = (scheduler?.next ?? Number.NEGATIVE_INFINITY) - Date.now();
    // Another program may have overwritten it. If its template is not a flush job, each tick would add a job that fails.
    const ours = flushJob.safeParse(scheduler?.template?.data).data?.mode === 'all';
    if (ours && scheduler?.every === interval && Math.abs(dueIn) <= 2 * interval) return false;
    // Without this, the scheduler would keep its old time.
    if (dueIn > 2 * interval) await this.#queue.removeJobScheduler(FLUSH);
    await this.#queue.upsertJobScheduler(FLUSH, { every: interval }, { name: 'flush', data: ALL });
    return true;
  }

  /** Asks for a flush of all that is staged, unless such a request waits already. */
  async askForFlush(): Promise<void> {
    await this.#queue.add('flush', ALL, { deduplication: { id: 'now' } });
  }

  /** Asks for a flush of the contracts of which no file is on its way, unless such a request waits already. */
  async askForIdleFlush(): Promise<void> {
    await this.#queue.add('flush', { ...ALL, idle: true } satisfies FlushJob, {
      deduplication: { id: 'idle' },
    });
  }

  /** When the next scheduled flush is due, in ms since 1970. */
  async nextFlush(): Promise<number | undefined> {
    return moment.safeParse((await this.#read(FLUSH))?.next).data;
  }

  /** Makes sure that the retention runs daily, or not at all when everything is kept. Call it repeatedly. */
  async ensureRetention(retention: number | undefined): Promise<void> {
    const next = (await this.#read(RETENTION_JOB))?.next;
    if (retention === undefined) {
      if (next !== undefined) await this.#queue.removeJobScheduler(RETENTION_JOB);
      return;
    }
    if (next !== undefined && next > Date.now() - DAILY_MS) return;
    await this.#queue.upsertJobScheduler(RETENTION_JOB, { every: DAILY_MS }, { name: RETENTION_JOB });
  }

  /** Lets the retention continue soon, after the waiting flushes. */
  async continueRetention(): Promise<void> {
    await this.#queue.add(RETENTION_JOB, {}, { delay: 1_000 });
  }

  /** A scheduler; undefined when there is none or it cannot be read. */
  async #read(name: string): Promise<Awaited<ReturnType<Queue['getJobScheduler']>>> {
    try {
      return await this.#queue.getJobScheduler(name);
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
      throw error;
    }
  }
}
