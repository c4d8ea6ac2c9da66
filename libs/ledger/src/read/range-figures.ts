import type { Sql } from '../client.ts';
import { run } from '../statements.ts';

/** Seconds from landed to committed; null where no file was completed. */
export type Percentiles = readonly [p50: number | null, p95: number | null, p99: number | null];

/** Of more completed files, about so many are looked at: enough for the third digit of a p99. */
const LATENCY_FILES = 20_000;

const NO_PERCENTILES: Percentiles = [null, null, null];

/** What was committed from a time on. */
export interface RangeSums {
  readonly batches: number;
  readonly records: number;
  readonly inserted: number;
  readonly duplicates: number;
  readonly rejects: number;
}

export async function rangeSums(sql: Sql, from: Date): Promise<RangeSums> {
  return one(await run<RangeSums>(sql, 'read/range-sums', [from.toISOString()]), 'read/range-sums');
}

/** The files that were completed from a time on, and how long they took. */
export async function rangeLatency(
  sql: Sql,
  from: Date,
): Promise<{ readonly files: number; readonly percentiles: Percentiles }> {
  const asked = [from.toISOString(), LATENCY_FILES];
  const rows = await run<{ files: number; seconds: Percentiles | null }>(sql, 'read/range-latency', asked);
  const { files, seconds } = one(rows, 'read/range-latency');
  return { files, percentiles: seconds ?? NO_PERCENTILES };
}

/** Sums of one step of time. `at`: its begin, in seconds since 1970. */
interface SeriesStep {
  readonly at: number;
  readonly batches: number;
  readonly inserted: number;
  readonly duplicates: number;
  readonly rejects: number;
}

/** What happened from a time on, in steps. Steps in which nothing happened are left out. */
export interface LedgerSeries {
  readonly commits: readonly SeriesStep[];
  readonly read: readonly { readonly at: number; readonly records: number }[];
  readonly latency: readonly { readonly at: number; readonly seconds: Percentiles }[];
}

export async function ledgerSeries(sql: Sql, from: Date, stepSeconds: number): Promise<LedgerSeries> {
  const asked = [from.toISOString(), stepSeconds];
  const [commits, read, latency] = await Promise.all([
    run<SeriesStep>(sql, 'read/series-commits', asked),
    run<LedgerSeries['read'][number]>(sql, 'read/series-read', asked),
    run<LedgerSeries['latency'][number]>(sql, 'read/series-latency', [...asked, LATENCY_FILES]),
  ]);
  return { commits, read, latency };
}

/** Records that were read from a time on, as far as they are committed. */
export async function readSince(sql: Sql, from: Date): Promise<number> {
  const asked = [from.toISOString(), 1_000_000_000];
  const rows = await run<LedgerSeries['read'][number]>(sql, 'read/series-read', asked);
  return rows.reduce((sum, { records }) => sum + records, 0);
}

/** Where the time goes: seconds by stage, in the order landed, stable, queued, parsed, waiting for flush, committed. */
export interface Waterfall {
  readonly chunks: number;
  readonly sampled: boolean;
  readonly means: readonly number[];
  readonly medians: readonly number[];
  readonly p95s: readonly number[];
}

/** Commits whose chunks are looked at; of more, those at even distances. */
const WATERFALL_COMMITS = 200;

const STAGES = ['landed', 'stable', 'queued', 'parsed', 'waiting', 'committed'] as const;

export async function waterfall(sql: Sql, from: Date): Promise<Waterfall | undefined> {
  type Row = Pick<Waterfall, 'chunks' | 'sampled' | 'means'> &
    Record<(typeof STAGES)[number], readonly [median: number, p95: number]>;
  const rows = await run<Row>(sql, 'read/waterfall', [from.toISOString(), WATERFALL_COMMITS]);
  const { chunks, sampled, means, ...stages } = one(rows, 'waterfall');
  if (chunks === 0) return undefined;
  const medians = STAGES.map((stage) => stages[stage][0]);
  return { chunks, sampled, means, medians, p95s: STAGES.map((stage) => stages[stage][1]) };
}

/** What is still to be read, and the pace. `remaining`: records, estimated; undefined when nothing was read yet. */
export interface Forecast {
  readonly files: number;
  readonly remaining: number | null;
  readonly recordsPerSecond: number | null;
}

const PACE_OF_MS = 5 * 60_000;

export async function forecast(sql: Sql): Promise<Forecast> {
  type Row = Omit<Forecast, 'recordsPerSecond'> & { records_per_second: number | null };
  const from = new Date(Date.now() - PACE_OF_MS).toISOString();
  const row = one(await run<Row>(sql, 'read/forecast', [from]), 'read/forecast');
  return { files: row.files, remaining: row.remaining, recordsPerSecond: row.records_per_second };
}

function one<Row>(rows: readonly Row[], name: string): Row {
  const [row] = rows;
  if (row === undefined) throw new Error(`the ${name} statement returned no row`);
  return row;
}
