import { measureDashboard } from './dashboard.ts';
import { measureLargeFile } from './large-file.ts';
import { measureLatency } from './latency.ts';
import { measureManyFiles } from './many-files.ts';
import { latencyPage } from './pages/latency.ts';
import { manyFilesPage } from './pages/many-files.ts';
import { queriesAsTable, stallsAsTable } from './pages/other.ts';
import { rivalsPage } from './pages/rivals.ts';
import { scalePage } from './pages/scale.ts';
import { startPage } from './pages/start.ts';
import { largeFilePage, throughputPage } from './pages/throughput.ts';
import { measureRivals } from './rivals.ts';
import { measureScale } from './scale.ts';
import type { Servers } from './servers.ts';
import { STALL_KINDS } from './stall-kinds.ts';
import { measureApart } from './stalls.ts';
import { measureStart } from './start.ts';
import { measureThroughput } from './throughput.ts';

export interface AllOptions {
  readonly rounds: number;
  readonly seed: number;
  readonly python: string;
  /** Small sizes, to see that everything works: the figures mean little. */
  readonly short?: boolean;
}

/** Measures with one yardstick, and returns the result for programs and for people. */
type Yardstick = (servers: Servers) => Promise<{ readonly result: unknown; readonly page: string }>;

/** All yardsticks, by the name of their result. */
export function yardsticks({ rounds, seed, python, short = false }: AllOptions): Record<string, Yardstick> {
  const common = { rounds, seed, workers: 2 };
  const size = <T>(full: T, small: T): T => (short ? small : full);
  const small = { files: size(4000, 300), rows: 75, ...common };
  const large = { files: size(200, 30), rows: 1000, ...common };
  const throughputs = [
    { ...small, load: 'plain' },
    { ...small, load: 'dirty' },
    { ...large, load: 'plain' },
    { ...small, load: 'german' },
  ] as const;
  const latency = {
    rates: size([2000, 25_000], [2000]),
    seconds: size(20, 3),
    burstFiles: size(1000, 100),
    ...common,
  };
  const manyFiles = {
    ledger: size([1_000, 100_000, 1_000_000], [1_000, 10_000]),
    lying: size([1_000, 10_000, 100_000], [100, 1_000]),
    ...{ more: size(1000, 100), ...common },
  };
  const scale = {
    workers: size([1, 2, 4], [1, 2]),
    wait: size(2000, 500),
    commits: size(10, 3),
    idle: size(60, 5),
    rounds,
    seed,
  };
  return {
    throughput: async (servers) => {
      const result = [];
      for (const load of throughputs) result.push(await measureThroughput(servers, load));
      return { result, page: result.map(throughputPage).join('') };
    },
    'large-file': (servers) =>
      told(measureLargeFile(servers, { mib: size(2048, 10), ...common }), largeFilePage),
    latency: (servers) => told(measureLatency(servers, latency), latencyPage),
    'many-files': (servers) => told(measureManyFiles(servers, manyFiles), manyFilesPage),
    scale: (servers) => told(measureScale(servers, scale), scalePage),
    rivals: async (servers) => {
      const result = [];
      for (const load of ['duplicates', 'dirty'] as const)
        result.push(await measureRivals(servers, { ...small, load, python }));
      return { result, page: result.map(rivalsPage).join('') };
    },
    stalls: async () => {
      const mib = size(32, 2);
      const result = measureApart(STALL_KINDS, mib, () => undefined);
      return { result, page: stallsAsTable(result, mib) };
    },
    start: () => told(measureStart(rounds), startPage),
    dashboard: (servers) =>
      told(measureDashboard(servers, { rows: size(10_000_000, 10_000), fileRows: 75 }), queriesAsTable),
  };
}

async function told<Result>(measured: Promise<Result>, page: (result: Result) => string) {
  const result = await measured;
  return { result, page: page(result) };
}
