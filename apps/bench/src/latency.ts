import { median, quantile } from './figures.ts';
import { type Env, Fleet } from './fleet.ts';
import { commitTimes } from './latency/commit-times.ts';
import { landSteadily } from './latency/land.ts';
import { type Contents, writeContents } from './loads/contents.ts';
import { dropFiles, KINDS } from './loads/kinds.ts';
import { startWarm } from './pipeline.ts';
import { prove } from './proof.ts';
import { copyRows, makeExpected } from './raw-copy.ts';
import { type Database, mustGoOn, type Servers, withDatabase } from './servers.ts';
import { untilClosed } from './until-closed.ts';

/** What lands, and how fast. */
export interface Landing {
  /** Rows a second. */
  readonly rates: readonly number[];
  /** For how long files land that are measured. More of them land before and afterwards. */
  readonly seconds: number;
  readonly burstFiles: number;
  readonly workers: number;
  readonly rounds: number;
  readonly seed: number;
}

/** From landed to committed, in seconds: medians of the rounds, and all of these. */
interface Steady {
  readonly rate: number;
  readonly settings: Env;
  readonly p50: number;
  readonly p99: number;
  readonly rounds: readonly {
    readonly p50: number;
    readonly p99: number;
    readonly worst: number;
    readonly cores: number;
  }[];
}

/** Seconds until all rows of a burst are committed, and how much of that the last rows waited after those before them. */
interface Burst {
  readonly rows: number;
  readonly complete: number;
  readonly lastWait: number;
  readonly rounds: readonly { readonly complete: number; readonly lastWait: number }[];
}

export interface Latency {
  readonly fileRows: number;
  readonly workers: number;
  readonly seconds: number;
  readonly steady: readonly Steady[];
  readonly burst: Burst;
}

export const FILE_ROWS = 75;
const SETTINGS: readonly Env[] = [{}, { FLUSH_INTERVAL: '250ms', STABLE_FOR: '100ms' }];
/** Files land for so long before the measured ones, and after them, so that none of those waits for the end of the stream. */
const AROUND_S = 3;

/** Measures how long a row takes from the folder to its commit: in a steady stream, and in a burst. */
export async function measureLatency(servers: Servers, landing: Landing): Promise<Latency> {
  const { rates, seconds, workers, rounds } = landing;
  const steady: Steady[] = [];
  for (const rate of rates) {
    const contents = writeFiles(
      servers,
      Math.ceil((rate / FILE_ROWS) * (seconds + 2 * AROUND_S)),
      landing.seed,
    );
    for (const settings of SETTINGS) {
      const measured: Steady['rounds'][number][] = [];
      for (let i = 1; i <= rounds; i += 1) {
        servers.say(`${rate} rows/s, ${JSON.stringify(settings)}, round ${i} of ${rounds}`);
        measured.push(
          await withFleet(servers, contents, workers, settings, (run) => steadyRound(run, rate, seconds)),
        );
      }
      const of = (name: 'p50' | 'p99') => median(measured.map((round) => round[name]));
      steady.push({ rate, settings, p50: of('p50'), p99: of('p99'), rounds: measured });
    }
  }
  const contents = writeFiles(servers, landing.burstFiles, landing.seed);
  const bursts: Burst['rounds'][number][] = [];
  for (let i = 1; i <= rounds; i += 1) {
    servers.say(`a burst, round ${i} of ${rounds}`);
    bursts.push(await withFleet(servers, contents, workers, {}, burstRound));
  }
  const of = (name: 'complete' | 'lastWait') => median(bursts.map((round) => round[name]));
  const burst = {
    rows: contents.main.written.rows,
    ...{ complete: of('complete'), lastWait: of('lastWait'), rounds: bursts },
  };
  return { fileRows: FILE_ROWS, workers, seconds, steady, burst };
}

function writeFiles(servers: Servers, files: number, seed: number): Contents {
  return writeContents(servers, KINDS.plain, seed, (into, prefix) =>
    KINDS.plain.write(into, prefix, { files, rows: FILE_ROWS, seed }),
  );
}

interface Run {
  readonly servers: Servers;
  readonly database: Database;
  readonly contents: Contents;
  readonly fleet: Fleet;
}

/** Runs a warm fleet with the default settings but these, and proves afterwards that each row is there. */
function withFleet<T>(
  servers: Servers,
  contents: Contents,
  workers: number,
  env: Env,
  measure: (run: Run) => Promise<T>,
): Promise<T> {
  mustGoOn(servers);
  return withDatabase(servers, async (database) => {
    const { warmUp, main, kind, feedsDir } = contents;
    const fleet = new Fleet(servers, database, { feedsDir, env });
    try {
      await startWarm(servers, database.sql, fleet, contents, workers);
      await database.sql`CHECKPOINT`;
      const measured = await measure({ servers, database, contents, fleet });
      await fleet.stop();
      await makeExpected(database.sql, kind);
      for (const { written } of [warmUp, main]) await copyRows(database.sql, kind, written);
      await prove(database.sql, kind, [warmUp.written, main.written]);
      return measured;
    } finally {
      await fleet.stop();
    }
  });
}

async function steadyRound({ servers, database, contents, fleet }: Run, rate: number, seconds: number) {
  const { warmUp, main } = contents;
  const clock = fleet.clock();
  const began = performance.now();
  const landedAt = await landSteadily(servers, fleet, main.written.files, rate / FILE_ROWS);
  const cpu = Object.values(clock.read()).reduce((sum, each) => sum + each, 0);
  const cores = cpu / ((performance.now() - began) / 1000);
  await untilClosed(servers, database.sql, fleet, warmUp.written.files + main.written.files);
  const committedAt = await commitTimes(database.sql, contents.kind, main.written);
  const from = (landedAt[0] ?? 0) + AROUND_S * 1000;
  const latencies = landedAt.flatMap((landed, file) =>
    landed >= from && landed < from + seconds * 1000
      ? [((committedAt[file] ?? Number.NaN) - landed) / 1000]
      : [],
  );
  return {
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    worst: Math.max(...latencies),
    cores,
  };
}

async function burstRound({ servers, database, contents, fleet }: Run) {
  const { warmUp, main, kind } = contents;
  const landed = Date.now();
  dropFiles(fleet.beside, fleet.source);
  await untilClosed(servers, database.sql, fleet, warmUp.written.files + main.written.files);
  const times = new Set(
    (await commitTimes(database.sql, kind, main.written)).map((ms) => (ms - landed) / 1000),
  );
  const [complete = Number.NaN, before = 0] = [...times].sort((a, b) => b - a);
  return { complete, lastWait: complete - before };
}
