import { z } from 'zod';
import type { Sql } from '../client.ts';
import { counts } from '../columns.ts';
import { run, runForOne } from '../statements.ts';

const percentile = z.number().nullable();
const percentiles = z.tuple([percentile, percentile, percentile]);

/** Seconds from landed to committed at p50, p95 and p99; null when no file was completed. */
type Percentiles = Readonly<z.output<typeof percentiles>>;

/** If more files were completed, about this many are sampled: enough for the third digit of a p99. */
const LATENCY_FILES = 20_000;

const NO_PERCENTILES: Percentiles = [null, null, null];

const { conflicts: _, ...sums } = counts;
const rangeSum = z.object({ batches: z.int(), ...sums });

/** The sums of all commits of a span of time, or of those of one feed. */
export type RangeSums = Readonly<z.output<typeof rangeSum>>;

/** @param to where the span ends; null: now */
export async function rangeSums(
  sql: Sql,
  from: Date,
  feed: string | null = null,
  to: Date | null = null,
): Promise<RangeSums> {
  return await runForOne(sql, 'read/range-sums', rangeSum, [from.toISOString(), feed, textOf(to)]);
}

const textOf = (to: Date | null): string | null => to?.toISOString() ?? null;

const completed = z.object({ files: z.int(), seconds: percentiles.nullable() });

/** The number of files completed in a span of time, and how long they took. */
export async function rangeLatency(
  sql: Sql,
  from: Date,
  feed: string | null = null,
  to: Date | null = null,
): Promise<{ readonly files: number; readonly percentiles: Percentiles }> {
  const asked = [from.toISOString(), LATENCY_FILES, textOf(to), feed];
  const { files, seconds } = await runForOne(sql, 'read/range-latency', completed, asked);
  return { files, percentiles: seconds ?? NO_PERCENTILES };
}

/** `at` is the start of a time step, in seconds since 1970. */
const committedStep = z.object({
  at: z.int(),
  batches: z.int(),
  inserted: z.int(),
  duplicates: z.int(),
  rejects: z.int(),
});
const beginning = z.object({ at: z.number() });
const readStep = z.object({ at: z.int(), records: z.int() });
const latencyStep = z.object({ at: z.int(), seconds: percentiles });

/** What happened in a span of time, in time steps. Steps in which nothing happened are left out. */
interface LedgerSeries {
  /** When the first file was registered, in seconds since 1970; null when there is none yet. */
  readonly began: number | null;
  readonly commits: readonly Readonly<z.output<typeof committedStep>>[];
  readonly read: readonly Readonly<z.output<typeof readStep>>[];
  readonly latency: readonly Readonly<z.output<typeof latencyStep>>[];
}

export async function ledgerSeries(
  sql: Sql,
  from: Date,
  stepSeconds: number,
  feed: string | null = null,
  to: Date | null = null,
): Promise<LedgerSeries> {
  const asked = [from.toISOString(), stepSeconds, feed, textOf(to)];
  const [[first], commits, read, latency] = await Promise.all([
    run(sql, 'read/began', beginning, [feed]),
    run(sql, 'read/series-commits', committedStep, asked),
    run(sql, 'read/series-read', readStep, asked),
    run(sql, 'read/series-latency', latencyStep, [
      from.toISOString(),
      LATENCY_FILES,
      textOf(to),
      stepSeconds,
      feed,
    ]),
  ]);
  return { began: first?.at ?? null, commits, read, latency };
}

/** How many records were read since a time. Only committed records count. */
export async function readSince(sql: Sql, from: Date, feed: string | null = null): Promise<number> {
  const asked = [from.toISOString(), 1_000_000_000, feed, null];
  const rows = await run(sql, 'read/series-read', readStep, asked);
  return rows.reduce((sum, { records }) => sum + records, 0);
}

/** How many commits are sampled. If there are more, they are chosen at even distances in time. */
const WATERFALL_COMMITS = 200;

const stages = z.object({
  chunks: z.int(),
  sampled: z.boolean(),
  means: z.array(z.number()),
  /** The median and the 95th percentile of each stage. */
  spreads: z.array(z.tuple([z.number(), z.number()])),
});

/** The seconds spent in each stage, in the order landed, stable, queued, reading, parsed, waiting for flush, committed. */
export type Waterfall = Readonly<z.output<typeof stages>>;

export async function waterfall(
  sql: Sql,
  from: Date,
  feed: string | null = null,
  to: Date | null = null,
): Promise<Waterfall | undefined> {
  const asked = [from.toISOString(), WATERFALL_COMMITS, feed, textOf(to)];
  return (await run(sql, 'read/waterfall', stages, asked))[0];
}

/** Fields are null when nothing has been read yet. */
const ahead = z.object({
  files: z.int(),
  /** The estimated number of records. */
  remaining: z.int().nullable(),
  recordsPerSecond: z.number().nullable(),
});

/** The files and records that are still to be read, and the current pace. */
export type Forecast = Readonly<z.output<typeof ahead>>;

const PACE_OF_MS = 5 * 60_000;

export async function forecast(sql: Sql, feed: string | null = null): Promise<Forecast> {
  const from = new Date(Date.now() - PACE_OF_MS).toISOString();
  return await runForOne(sql, 'read/forecast', ahead, [from, feed]);
}
