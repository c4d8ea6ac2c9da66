import { setTimeout as delay } from 'node:timers/promises';

/** Remembers that it rang, and wakes the code that waits. */
export class Bell {
  rung = false;
  #wake = new AbortController();

  ring(): void {
    this.rung = true;
    this.#wake.abort();
  }

  silence(): void {
    this.rung = false;
    this.#wake = new AbortController();
  }

  /** Waits until it rings, `ms` are over, or `stopping` fires. */
  async wait(ms: number, stopping: AbortSignal): Promise<void> {
    await pause(ms, AbortSignal.any([stopping, this.#wake.signal]));
  }
}

export async function pause(ms: number, until: AbortSignal): Promise<void> {
  // The signal only ends the pause early, so its abort is not an error.
  await delay(Math.max(0, ms), undefined, { signal: until }).catch(() => undefined);
}
