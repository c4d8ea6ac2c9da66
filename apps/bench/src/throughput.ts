import { median } from './figures.ts';
import type { Env } from './fleet.ts';
import type { Contents } from './loads/contents.ts';
import { writeContents } from './loads/contents.ts';
import type { Size } from './loads/kind.ts';
import { KINDS, type KindName } from './loads/kinds.ts';
import { viaPipeline } from './pipeline.ts';
import { rawCopy } from './raw-copy.ts';
import { cpuPerRecord, mostMemory, runRounds, type Times } from './rounds.ts';
import type { Servers } from './servers.ts';

/** What to load, with how many worker processes, and how often. */
export interface Load extends Size {
  readonly load: KindName;
  readonly workers: number;
  readonly rounds: number;
}

/** What was measured. The figures before the rounds are medians of them. */
export interface Throughput {
  readonly what: string;
  readonly files: number;
  readonly records: number;
  readonly rows: number;
  readonly workers: number;
  readonly settings: Readonly<Record<string, string | number>>;
  /** Records/s of the pipeline by rows/s of COPY. */
  readonly ratio: number;
  readonly recordsPerSecond: number;
  readonly copyRowsPerSecond: number;
  /** CPU of the pipeline in us a record: each part, and all of it. */
  readonly cpu: Readonly<Record<string, number>>;
  /** CPU of COPY in us a row: PostgreSQL, the client that sends the rows, and all of it. */
  readonly copyCpu: Readonly<Record<string, number>>;
  /** The most of all rounds, in MiB. */
  readonly memory: Readonly<Record<string, number>>;
  readonly rounds: readonly (Times<'pipeline' | 'copy'> & { readonly ratio: number })[];
}

/** Loads files of one kind through the real apps and with raw COPY. */
export function measureThroughput(servers: Servers, load: Load): Promise<Throughput> {
  const kind = KINDS[load.load];
  const contents = writeContents(servers, kind, load.seed, (into, prefix) => kind.write(into, prefix, load));
  return compareWithCopy(servers, contents, load);
}

/** The settings that the measured apps get where files are dropped at once and it counts when the last row is there. */
export function pipelineSettings({ app }: Servers): Env {
  const { origins, flushInterval } = app.config;
  // A real stream of files never ends, so it has no wait for a last tick. A short flush interval keeps that wait short here.
  const flush = origins.flushInterval === 'default' ? 1000 : flushInterval;
  // Being stable affects latency, not throughput.
  return { FLUSH_INTERVAL: `${flush}ms`, STABLE_FOR: '0ms' };
}

/**
 * Compares the pipeline with raw COPY of the rows of the same files.
 * @throws when an app ends, nothing is closed for a minute, or the rows are not exactly what they must be (I1)
 */
export async function compareWithCopy(
  servers: Servers,
  contents: Contents,
  { workers, rounds }: { readonly workers: number; readonly rounds: number },
): Promise<Throughput> {
  const { files, records, rows } = contents.main.written;
  const env = pipelineSettings(servers);
  const ways = { pipeline: { load: viaPipeline }, copy: { load: rawCopy } };
  const times = await runRounds({ servers, contents, workers, rounds, env }, ways);
  const ratioOf = ({ pipeline, copy }: (typeof times)[number]) =>
    records / pipeline.seconds / (rows / copy.seconds);
  const { workerConcurrency, batchRows, chunkRows } = servers.app.config;
  return {
    what: contents.kind.what,
    ...{ files, records, rows, workers },
    settings: { WORKER_CONCURRENCY: workerConcurrency, BATCH_ROWS: batchRows, CHUNK_ROWS: chunkRows, ...env },
    ratio: median(times.map(ratioOf)),
    recordsPerSecond: median(times.map(({ pipeline }) => records / pipeline.seconds)),
    copyRowsPerSecond: median(times.map(({ copy }) => rows / copy.seconds)),
    cpu: cpuPerRecord(
      times.map(({ pipeline }) => pipeline),
      records,
    ),
    copyCpu: cpuPerRecord(
      times.map(({ copy }) => copy),
      rows,
    ),
    memory: mostMemory(times.map(({ pipeline }) => pipeline)),
    rounds: times.map((round) => ({ ...round, ratio: ratioOf(round) })),
  };
}
