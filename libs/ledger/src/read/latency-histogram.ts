import { z } from 'zod';
import type { Sql } from '../client.ts';
import { run } from '../statements.ts';

/** Upper bounds of the buckets, in seconds. */
export const LATENCY_BOUNDS = [
  1, 2.5, 5, 10, 20, 30, 45, 60, 120, 300, 600, 1800, 3600, 21_600, 86_400,
] as const;

/** Files by the seconds from landed to committed. `buckets` has one more entry than there are bounds and is not cumulative. */
export interface LatencyHistogram {
  readonly buckets: readonly number[];
  readonly sum: number;
}

/** A commit that began this long ago is either visible or never will be, because its statement would have timed out. */
const SETTLED_MS = 2 * 60_000;

const bucketOf = z.object({ bucket: z.int(), files: z.int(), seconds: z.number() });

/**
 * The latencies of all files that were ever completed, or of those of one feed. Settled commits are read once, and each later call reads only the
 * new ones.
 */
export class LatencyTotals {
  readonly #sql: Sql;
  readonly #feed: string | null;
  #settled: LatencyHistogram = { buckets: LATENCY_BOUNDS.map(() => 0).concat(0), sum: 0 };
  #until = new Date(0);

  constructor(sql: Sql, feed: string | null = null) {
    this.#sql = sql;
    this.#feed = feed;
  }

  async read(): Promise<LatencyHistogram> {
    const [from, until] = [this.#until, new Date(Date.now() - SETTLED_MS)];
    const added = await this.#between(from, until);
    // A concurrent call may have added the same files already.
    if (this.#until === from) {
      this.#settled = added(this.#settled);
      this.#until = until;
    }
    return (await this.#between(this.#until, new Date('9999-01-01T00:00:00Z')))(this.#settled);
  }

  async #between(after: Date, until: Date): Promise<(to: LatencyHistogram) => LatencyHistogram> {
    const bounds = `{${LATENCY_BOUNDS.join(',')}}`;
    const asked = [after.toISOString(), until.toISOString(), bounds, this.#feed];
    const rows = await run(this.#sql, 'read/latency-buckets', bucketOf, asked);
    return ({ buckets, sum }) => ({
      buckets: buckets.map((files, i) => files + (rows.find(({ bucket }) => bucket === i)?.files ?? 0)),
      sum: sum + rows.reduce((all, { seconds }) => all + seconds, 0),
    });
  }
}
