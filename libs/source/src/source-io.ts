import { SourceHangs } from './errors.ts';

/**
 * The most requests at a time to a source that is asked through threads of the process. A hanging request keeps its thread. Node has 4
 * threads where UV_THREADPOOL_SIZE does not say otherwise, so that the other sources have one even then.
 */
const THREADS = 3;
const LATE = Symbol('late');

/**
 * The requests to one source. A request that hangs cannot be cancelled: it is given up, and until it ends after all, every other
 * request to the source is refused. So a source that hangs keeps few threads of the process, and no work waits for it.
 */
export class SourceIo {
  /** How long an answer may take, in ms. */
  within = 30_000;
  /** The most requests at a time. */
  atOnce = THREADS;
  /** Grows while an answer is on its way, so that a slow source is not taken for one that hangs. */
  progress = () => 0;
  readonly #source: string;
  readonly #running = new Set<Promise<unknown>>();
  readonly #overdue = new Set<Promise<unknown>>();

  constructor(source: string) {
    this.#source = source;
  }

  get hangs(): boolean {
    return this.#overdue.size > 0;
  }

  /**
   * Asks the source.
   *
   * @param late gets an answer that comes after all, for what must be closed again
   * @throws {SourceHangs} when the source does not answer in time, or has not answered another request yet
   */
  async run<T>(work: () => Promise<T>, late: (answer: T) => unknown = () => undefined): Promise<T> {
    while (!this.hangs && this.#running.size >= this.atOnce) await Promise.race(this.#running);
    if (this.hangs) throw this.#hanging();
    const answer = this.#inTime(work(), late);
    const ended = answer.then(
      () => undefined,
      () => undefined,
    );
    this.#running.add(ended);
    try {
      return await answer;
    } finally {
      this.#running.delete(ended);
    }
  }

  /** Closes a file. That of a source that hangs is closed when the source has answered. */
  async close(handle: { close(): Promise<void> }): Promise<void> {
    if (!this.hangs) await this.run(() => handle.close());
    else void Promise.allSettled(this.#overdue).then(() => handle.close());
  }

  async #inTime<T>(answer: Promise<T>, late: (answer: T) => unknown): Promise<T> {
    for (let before = -1; before !== this.progress(); ) {
      before = this.progress();
      const first = await this.#waitFor(answer);
      if (first !== LATE) return first;
    }
    const over = answer.then(late, () => undefined).finally(() => this.#overdue.delete(over));
    this.#overdue.add(over);
    throw this.#hanging();
  }

  async #waitFor<T>(answer: Promise<T>): Promise<T | typeof LATE> {
    let timer: NodeJS.Timeout | undefined;
    const overdue = new Promise<typeof LATE>((resolve) => {
      timer = setTimeout(resolve, this.within, LATE);
    });
    return await Promise.race([answer, overdue]).finally(() => clearTimeout(timer));
  }

  #hanging(): SourceHangs {
    return new SourceHangs(this.#source);
  }
}
