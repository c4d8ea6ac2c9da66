const STEP_MS = 500;
const AT_MOST_MS = 5_000;

/**
 * How long jobs wait that are given back for one reason: the longer, the more of them there were in a row, so that a thousand of
 * them cost little.
 */
export class Backoff {
  readonly #refused = new Map<string, number>();

  /** Whether a job was given back for this reason, and none was done since. */
  has(reason: string): boolean {
    return this.#refused.has(reason);
  }

  /** How long the next job waits, in ms. */
  next(reason: string): number {
    const refused = (this.#refused.get(reason) ?? 0) + 1;
    this.#refused.set(reason, refused);
    return Math.min(refused * STEP_MS, AT_MOST_MS);
  }

  over(reason: string): void {
    this.#refused.delete(reason);
  }
}
