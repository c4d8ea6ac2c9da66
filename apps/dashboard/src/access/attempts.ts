const WINDOW_MS = 15 * 60_000;
const AT_MOST = 10;
/** Keys remembered at most (I8); the oldest are forgotten first. */
const KEYS = 10_000;

/** Counts failed log-ins by address and by name, and says when there were too many. */
export class Attempts {
  readonly #failures = new Map<string, number[]>();

  /** Seconds until another try is allowed; 0: now. */
  wait(keys: readonly string[]): number {
    const now = Date.now();
    const waits = keys.map((key) => {
      const recent = this.#recent(key, now);
      const [first] = recent.slice(-AT_MOST);
      return recent.length < AT_MOST || first === undefined ? 0 : first + WINDOW_MS - now;
    });
    return Math.ceil(Math.max(0, ...waits) / 1000);
  }

  failed(keys: readonly string[]): void {
    const now = Date.now();
    for (const key of keys) {
      const recent = [...this.#recent(key, now), now].slice(-AT_MOST);
      this.#failures.delete(key);
      this.#failures.set(key, recent);
    }
    for (const key of this.#failures.keys()) {
      if (this.#failures.size <= KEYS) break;
      this.#failures.delete(key);
    }
  }

  succeeded(keys: readonly string[]): void {
    for (const key of keys) this.#failures.delete(key);
  }

  #recent(key: string, now: number): number[] {
    return (this.#failures.get(key) ?? []).filter((at) => now - at < WINDOW_MS);
  }
}
