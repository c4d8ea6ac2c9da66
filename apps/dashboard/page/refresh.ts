import { Unreachable } from './api.ts';

const EVERY_MS = 10_000;

/** How fresh the shown figures are. */
export interface Freshness {
  /** When the shown figures arrived, in ms since 1970. Null before the first. */
  readonly at: number | null;
  /** Since when the dashboard has not answered. */
  readonly lostSince: number | null;
  readonly live: boolean;
}

/** Refreshes every 10 s and on demand, but not while the page is hidden. A new refresh cancels the one before. */
export class Refresh {
  readonly #work: (signal: AbortSignal) => Promise<void>;
  readonly #told: (freshness: Freshness) => void;
  #asking: AbortController | undefined;
  #timer: number | undefined;
  #at: number | null = null;
  #lostSince: number | null = null;
  #live = true;

  constructor(work: (signal: AbortSignal) => Promise<void>, told: (freshness: Freshness) => void) {
    this.#work = work;
    this.#told = told;
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) clearTimeout(this.#timer);
      else if (this.#live && this.#age() >= EVERY_MS) void this.now();
      else this.#plan(EVERY_MS - this.#age());
    });
    setInterval(() => this.#tell(), 1000);
  }

  get live(): boolean {
    return this.#live;
  }

  set live(live: boolean) {
    this.#live = live;
    if (live) void this.now();
    else clearTimeout(this.#timer);
    this.#tell();
  }

  async now(): Promise<void> {
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    try {
      await this.#work(asking.signal);
      if (asking.signal.aborted) return;
      [this.#at, this.#lostSince] = [Date.now(), null];
    } catch (error) {
      if (asking.signal.aborted) return;
      if (error instanceof Unreachable) this.#lostSince ??= Date.now();
      else console.error(error);
    }
    this.#tell();
    this.#plan(EVERY_MS);
  }

  #plan(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#live && !document.hidden) this.#timer = setTimeout(() => void this.now(), Math.max(0, ms));
  }

  #age(): number {
    return this.#at === null ? Number.POSITIVE_INFINITY : Date.now() - this.#at;
  }

  #tell(): void {
    this.#told({ at: this.#at, lostSince: this.#lostSince, live: this.#live });
  }
}
