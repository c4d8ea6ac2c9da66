import { median } from './figures.ts';
import { writeContents } from './loads/contents.ts';
import { KINDS } from './loads/kinds.ts';
import { viaPipeline } from './pipeline.ts';
import { rawCopy } from './raw-copy.ts';
import { cron } from './rivals/cron.ts';
import { dlt, duckDb } from './rivals/python.ts';
import { type Rival, wayOf } from './rivals/rival.ts';
import { cpuPerRecord, runRounds, type Timed, type Way } from './rounds.ts';
import type { Servers } from './servers.ts';
import { type Load, pipelineSettings } from './throughput.ts';

/** What is loaded, and which Python has the rivals that are Python's. */
export interface RivalLoad extends Load {
  readonly python: string;
}

/** The medians of one way of loading. */
interface Placed {
  readonly name: string;
  readonly what: string;
  readonly recordsPerSecond: number;
  /** Records/s of the pipeline by those of this way, in the same round. */
  readonly pipelineBy: number;
  readonly cpu: Readonly<Record<string, number>>;
  /** Of the rows that must be there, those that are, and those that must not be there, in the worst round. */
  readonly right: number;
  readonly surplus: number;
  /** What the program complained about, if it did. */
  readonly complaint: string | null;
}

export interface Rivals {
  readonly what: string;
  readonly files: number;
  readonly records: number;
  readonly rows: number;
  readonly workers: number;
  readonly ways: readonly Placed[];
  /** The rivals that are not installed: they were not run. */
  readonly skipped: readonly { readonly name: string; readonly why: string }[];
  readonly rounds: readonly Readonly<Record<string, Timed>>[];
}

/** Loads the same files through the pipeline and in the ways that a user might take instead. */
export async function measureRivals(servers: Servers, { python, ...load }: RivalLoad): Promise<Rivals> {
  const all: Record<string, Rival> = { cron, duckdb: duckDb(python), dlt: dlt(python) };
  const skipped = Object.entries(all).flatMap(([name, { missing }]) => {
    const why = missing();
    return why === undefined ? [] : [{ name, why }];
  });
  for (const { name, why } of skipped) servers.say(`SKIPPED ${name}: ${why}`);
  const installed = Object.entries(all).filter(([name]) => !skipped.some((other) => other.name === name));
  const kind = KINDS[load.load];
  const contents = writeContents(servers, kind, load.seed, (into, prefix) => kind.write(into, prefix, load));
  const ways: Record<string, Way> = {
    pipeline: { load: viaPipeline },
    copy: { load: rawCopy },
    ...Object.fromEntries(installed.map(([name, rival]) => [name, wayOf(name, rival)])),
  };
  const rounds = await runRounds({ servers, contents, ...load, env: pipelineSettings(servers) }, ways);
  const { files, records, rows } = contents.main.written;
  const known: Record<string, string> = {
    pipeline: 'Sluice',
    copy: 'one raw COPY of the rows that must be there, for comparison',
    ...Object.fromEntries(installed.map(([name, { what }]) => [name, what])),
  };
  const placed = Object.entries(known).map(([name, what]): Placed => {
    const timed = rounds.flatMap((round) => round[name] ?? []);
    const complaint = timed.find(({ complaint: text }) => text)?.complaint;
    return {
      ...{ name, what },
      recordsPerSecond: median(timed.map(({ seconds }) => records / seconds)),
      pipelineBy: median(rounds.map((round) => (round[name]?.seconds ?? 0) / (round.pipeline?.seconds ?? 0))),
      cpu: cpuPerRecord(timed, records),
      // The pipeline was proved to be exact, and COPY was given only the right rows.
      right: Math.min(...timed.map(({ right = rows }) => right)),
      surplus: Math.max(...timed.map(({ surplus = 0 }) => surplus)),
      complaint: complaint === undefined ? null : String(complaint),
    };
  });
  return { what: kind.what, files, records, rows, workers: load.workers, ways: placed, skipped, rounds };
}
