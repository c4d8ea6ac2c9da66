import { Backoff } from './backoff.ts';

/** A file of this many bytes is large. @internal exported for the test of the slots */
export const LARGE_BYTES = 16 * 1024 * 1024;

const REASON = 'large';

/** Keeps one of several parse slots for files that are not large, so that large files never fill them all. */
export class LargeFiles {
  readonly #atMost: number;
  readonly #backoff = new Backoff();
  #reading = 0;

  /** @param slots how many files this process reads at once */
  constructor(slots: number) {
    this.#atMost = Math.max(1, slots - 1);
  }

  /** `leave`: call it when the file is read. `wait`: how long the file must wait for another slot, in ms. */
  enter(bytes: number): { readonly leave: () => void } | { readonly wait: number } {
    if (bytes < LARGE_BYTES) return { leave: () => undefined };
    if (this.#reading >= this.#atMost) return { wait: this.#backoff.next(REASON) };
    this.#backoff.over(REASON);
    this.#reading += 1;
    return {
      leave: () => {
        this.#reading -= 1;
      },
    };
  }
}
