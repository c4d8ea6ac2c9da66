import type { Doorbell } from '../source.ts';

/** How often a bucket is looked at, in ms, because nothing rings when an object lands. */
const EVERY_MS = 10_000;

/** Rings at regular times. */
export class Poll implements Doorbell {
  readonly #ring: (bareName: string | undefined) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(ring: (bareName: string | undefined) => void) {
    this.#ring = ring;
  }

  async watch(): Promise<void> {
    this.#timer ??= setInterval(() => this.#ring(undefined), EVERY_MS).unref();
  }

  /** A bucket that was made again shows in the next listing. */
  async isCurrent(): Promise<boolean> {
    return true;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
