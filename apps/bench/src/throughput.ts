import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Sql } from '@sluice/ledger';
import { median } from './figures.ts';
import { Fleet } from './fleet.ts';
import type { Kind, Size, Written } from './loads/kind.ts';
import { dropFiles, feedsFor, KINDS, type KindName, linkFiles } from './loads/kinds.ts';
import type { CpuSeconds } from './processes.ts';
import { prove } from './proof.ts';
import { type Copied, makeExpected, rawCopy } from './raw-copy.ts';
import { mustGoOn, type Servers, withDatabase } from './servers.ts';
import { untilClosed } from './until-closed.ts';

/** What to load, with how many worker processes, and how often. */
export interface Load extends Size {
  readonly load: KindName;
  readonly workers: number;
  readonly rounds: number;
}

/** What the pipeline took for all files. Times are in seconds. */
interface Piped {
  /** From the drop until the ledger has closed every file. `firstCommit` is a part of it. */
  readonly seconds: number;
  readonly firstCommit: number;
  readonly commits: number;
  /** The CPU time that each part took during the load. */
  readonly cpu: CpuSeconds;
  /** The most memory that a process of each part has had, in MiB. */
  readonly memory: Readonly<Record<string, number>>;
}

interface Round {
  readonly pipeline: Piped;
  readonly copy: Copied;
  /** Records/s of the pipeline by rows/s of COPY. */
  readonly ratio: number;
}

/** What was measured. Medians are those of the rounds. */
export interface Throughput {
  readonly load: Load;
  readonly records: number;
  readonly rows: number;
  readonly settings: Readonly<Record<string, string | number>>;
  readonly ratio: number;
  readonly recordsPerSecond: number;
  readonly copyRowsPerSecond: number;
  /** CPU in us a record: each part, their sum, and COPY alone (us a row, PostgreSQL and the client that sends them). */
  readonly cpuPerRecord: Readonly<Record<string, number>>;
  /** The most of all rounds, in MiB. */
  readonly memory: Readonly<Record<string, number>>;
  readonly rounds: readonly Round[];
}

const WARM_UP = { files: 40, rows: 100 };

/**
 * Loads the same files through the real apps and with raw COPY, several times, each time in a new database on the same server.
 *
 * @throws when an app ends, nothing is closed for a minute, or the rows are not exactly what they must be (I1)
 */
export async function measureThroughput(servers: Servers, load: Load): Promise<Throughput> {
  const { config } = servers.app;
  const kind: Kind = KINDS[load.load];
  const folder = mkdtempSync(join(servers.folder, 'load-'));
  const [first, main] = ['warm-up', 'measured'].map((name) => join(folder, name)) as [string, string];
  for (const each of [first, main]) mkdirSync(each);
  servers.say(`writing ${load.files} files of ${load.rows} rows`);
  const warmUp = kind.write(first, 'warm_up', {
    ...WARM_UP,
    files: Math.min(WARM_UP.files, load.files),
    seed: load.seed + 1,
  });
  const written = kind.write(main, 'measured', load);
  // A real stream of files never ends, so it has no wait for a last tick. A short flush interval keeps that wait short here.
  const flush = config.origins.flushInterval === 'default' ? 1000 : config.flushInterval;
  const env = { FLUSH_INTERVAL: `${flush}ms`, STABLE_FOR: '0ms' }; // This wait affects latency, not throughput.
  const work = {
    kind,
    feedsDir: feedsFor(kind, folder),
    env,
    warmUp: { folder: first, written: warmUp },
    main: { folder: main, written },
  };

  const rounds: Round[] = [];
  for (let i = 1; i <= load.rounds; i += 1) {
    mustGoOn(servers);
    servers.say(`round ${i} of ${load.rounds}`);
    rounds.push(await round(servers, load, work, i % 2 === 0));
  }
  const settings = {
    WORKER_CONCURRENCY: config.workerConcurrency,
    BATCH_ROWS: config.batchRows,
    CHUNK_ROWS: config.chunkRows,
    ...env,
  };
  return {
    load,
    records: written.records,
    rows: written.rows,
    settings,
    ...mediansOf(rounds, written),
    rounds,
  };
}

interface Work {
  readonly kind: Kind;
  readonly feedsDir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly warmUp: { readonly folder: string; readonly written: Written };
  readonly main: { readonly folder: string; readonly written: Written };
}

/** Either way of loading comes first in every other round, because the second one finds a server that has worked. */
function round(servers: Servers, load: Load, work: Work, copyFirst: boolean): Promise<Round> {
  const { kind, warmUp, main } = work;
  return withDatabase(servers, async (database) => {
    const { sql } = database;
    if (kind.ddl !== undefined) await sql.unsafe(kind.ddl);
    await makeExpected(sql, kind);
    const fleet = new Fleet(servers, database, work);
    const pipe = async () => {
      fleet.startAll(load.workers);
      linkFiles(warmUp.folder, fleet.source);
      const files = warmUp.written.copy.length;
      await untilClosed(servers, sql, fleet, files);
      linkFiles(main.folder, fleet.beside);
      const piped = await timePipeline(servers, sql, fleet, files + main.written.copy.length);
      await fleet.stop();
      return piped;
    };
    const copy = async () => {
      await sql`CHECKPOINT`;
      return await rawCopy(servers, sql, kind, main.written.copy);
    };
    try {
      const early = copyFirst ? await copy() : undefined;
      const pipeline = await pipe();
      const copied = early ?? (await copy());
      await rawCopy(servers, sql, kind, warmUp.written.copy);
      await prove(sql, kind, [warmUp.written, main.written]);
      const { records, rows } = main.written;
      return { pipeline, copy: copied, ratio: records / pipeline.seconds / (rows / copied.seconds) };
    } finally {
      await fleet.stop();
    }
  });
}

/** Renames the files beside the source into it, and waits until all of them are closed. */
async function timePipeline(servers: Servers, sql: Sql, fleet: Fleet, closed: number): Promise<Piped> {
  await sql`CHECKPOINT`;
  const last = async () =>
    (await sql<{ n: number }[]>`SELECT coalesce(max(commit_no), 0) AS n FROM sluice_commits`)[0]?.n ?? 0;
  const before = await last();
  const clock = fleet.clock();
  const dropped = Date.now();
  const began = performance.now();
  dropFiles(fleet.beside, fleet.source);
  await untilClosed(servers, sql, fleet, closed);
  const seconds = (performance.now() - began) / 1000;
  const cpu = clock.read();
  const memory = fleet.memory();
  const [commits] = await sql<{ n: number; first: Date }[]>`
    SELECT count(*) AS n, min(committed_at) AS first FROM sluice_commits WHERE commit_no > ${before}`;
  const firstCommit = ((commits?.first.getTime() ?? Number.NaN) - dropped) / 1000;
  return { seconds, firstCommit, commits: commits?.n ?? 0, cpu, memory };
}

function mediansOf(rounds: readonly Round[], { records, rows }: Written) {
  const of = (figure: (round: Round) => number) => median(rounds.map(figure));
  const parts = Object.keys(rounds[0]?.pipeline.cpu ?? {});
  const cpu = Object.fromEntries(
    parts.map((part) => [part, of(({ pipeline }) => ((pipeline.cpu[part] ?? 0) / records) * 1e6)]),
  );
  const all = (seconds: CpuSeconds) => Object.values(seconds).reduce((sum, value) => sum + value, 0);
  const most = (part: string) => Math.max(...rounds.map(({ pipeline }) => pipeline.memory[part] ?? 0));
  return {
    ratio: of(({ ratio }) => ratio),
    recordsPerSecond: of(({ pipeline }) => records / pipeline.seconds),
    copyRowsPerSecond: of(({ copy }) => rows / copy.seconds),
    cpuPerRecord: {
      ...cpu,
      sum: of(({ pipeline }) => (all(pipeline.cpu) / records) * 1e6),
      copy: of(({ copy }) => (all(copy.cpu) / rows) * 1e6),
    },
    memory: Object.fromEntries(parts.map((part) => [part, most(part)])),
  };
}
