const WINDOW_MS = 15 * 60_000;
const AT_MOST = 10;
/** The most keys to remember (I8). The oldest are forgotten first. */
const KEYS = 10_000;

/**
 * Counts failed log-ins for each pair of name and network, and says when there were too many. A limit per name would let
 * anybody lock out the owner of that name. A limit per network would lock out everybody behind the same proxy.
 */
export class Attempts {
  readonly #failures = new Map<string, number[]>();

  /** The seconds until another try is allowed. 0 means now. */
  wait(key: string): number {
    const now = Date.now();
    const recent = this.#recent(key, now);
    const [first] = recent;
    return recent.length < AT_MOST || first === undefined ? 0 : Math.ceil((first + WINDOW_MS - now) / 1000);
  }

  failed(key: string): void {
    const now = Date.now();
    const recent = [...this.#recent(key, now), now].slice(-AT_MOST);
    this.#failures.delete(key);
    this.#failures.set(key, recent);
    for (const old of this.#failures.keys()) {
      if (this.#failures.size <= KEYS) break;
      this.#failures.delete(old);
    }
  }

  succeeded(key: string): void {
    this.#failures.delete(key);
  }

  #recent(key: string, now: number): number[] {
    return (this.#failures.get(key) ?? []).filter((at) => now - at < WINDOW_MS);
  }
}
