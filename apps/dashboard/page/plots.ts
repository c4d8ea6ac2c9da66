import type { Series } from './answers.ts';
import { count, duration, rate, wait } from './format.ts';

/** How a series looks, which is the same on every plot. Its class gives it its colour. */
export interface Line {
  readonly column:
    | 'readPerSecond'
    | 'insertedPerSecond'
    | 'rejectsPerSecond'
    | 'duplicatesPerSecond'
    | 'batches'
    | 'latencyP50'
    | 'latencyP95'
    | 'latencyP99';
  readonly label: string;
  readonly class: string;
  readonly shape: 'line' | 'steps' | 'bars';
  readonly dash: '' | 'dashed' | 'dotted';
}

/** What one plot shows. */
export interface PlotData {
  readonly title: string;
  /** The unit shown at the axis. */
  readonly unit: string;
  readonly shown: (n: number | null) => string;
  readonly axis: (n: number) => string;
  /** The allowed distances between labels of the axis. By default uPlot chooses. */
  readonly steps?: readonly number[];
  readonly lines: readonly Line[];
  readonly series: Series;
  /** Whether this is the first plot, which is larger and has marks for the flushes. */
  readonly main?: boolean;
}

/** Leaves out a last step that has hardly begun. A rate over a second or two means nothing, and the line would drop. */
export function settled(series: Series): Series {
  const begun = Date.parse(series.to) / 1000 - (series.time.at(-1) ?? 0);
  if (begun >= series.stepSeconds / 2) return series;
  const cut = (column: readonly (number | null)[]) => column.slice(0, -1);
  return {
    ...series,
    time: series.time.slice(0, -1),
    readPerSecond: cut(series.readPerSecond),
    insertedPerSecond: cut(series.insertedPerSecond),
    rejectsPerSecond: cut(series.rejectsPerSecond),
    duplicatesPerSecond: cut(series.duplicatesPerSecond),
    batches: cut(series.batches),
    latencyP50: cut(series.latencyP50),
    latencyP95: cut(series.latencyP95),
    latencyP99: cut(series.latencyP99),
  };
}

/** The marks on a plot: the starts of processes and, on the first plot, the flushes. */
export function marksOf({ main, series }: PlotData): Series['marks'] {
  return main ? series.marks : series.marks.filter(({ kind }) => kind === 'start');
}

const line = (
  column: Line['column'],
  label: string,
  name: string,
  shape: Line['shape'] = 'line',
  dash: Line['dash'] = '',
): Line => ({
  column,
  label,
  class: name,
  shape,
  dash,
});

const READ = line('readPerSecond', 'read', 'read');
const INSERTED = line('insertedPerSecond', 'inserted', 'inserted', 'steps');
const DUPLICATES = line('duplicatesPerSecond', 'duplicates', 'duplicates', 'line', 'dashed');
const REJECTS = line('rejectsPerSecond', 'rejects', 'rejects');
const BATCHES = line('batches', 'batches', 'batches', 'bars');
const P50 = line('latencyP50', 'p50', 'latency-p50');
const P95 = line('latencyP95', 'p95', 'latency-p95', 'line', 'dashed');
const P99 = line('latencyP99', 'p99', 'latency-p99', 'line', 'dotted');

const short = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 });
const plain = (n: number): string => short.format(n);

/** Steps for whole things, such as batches. */
const WHOLE = Array.from({ length: 10 }, (_, i) => [1, 2, 5].map((n) => n * 10 ** i)).flat();
/** Steps as on a clock, so that no label says 16 min 40 s. */
const SECONDS = [1, 2, 5, 10, 15, 30] as const;
const TIMES = [
  ...[0.001, 0.01, 0.1].flatMap((n) => [n, 2 * n, 5 * n]),
  ...[1, 60].flatMap((n) => SECONDS.map((one) => one * n)),
  ...[1, 2, 3, 6, 12, 24, 48, 120, 240].map((hours) => hours * 3600),
];

export const rates = (series: Series): PlotData => ({
  title: 'Records per second',
  unit: 'records / s',
  shown: rate,
  axis: plain,
  lines: [READ, INSERTED],
  series,
  main: true,
});

export const latencies = (series: Series): PlotData => ({
  title: 'Latency from landed to committed',
  unit: 'time',
  shown: duration,
  axis: (n) => duration(n).replace('.0', ''),
  steps: TIMES,
  lines: [P50, P95, P99],
  series,
});

export const batches = (series: Series): PlotData => ({
  title: `Batches every ${wait(series.stepSeconds)}`,
  unit: 'batches',
  shown: count,
  axis: plain,
  steps: WHOLE,
  lines: [BATCHES],
  series,
});

export const badRecords = (series: Series): PlotData => ({
  title: 'Rejects and duplicates per second',
  unit: 'records / s',
  shown: rate,
  axis: plain,
  lines: [REJECTS, DUPLICATES],
  series,
});
