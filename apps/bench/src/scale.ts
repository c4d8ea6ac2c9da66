import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from '@sluice/ledger';
import { median } from './figures.ts';
import { Fleet } from './fleet.ts';
import { type Contents, writeContents } from './loads/contents.ts';
import { dropFiles, KINDS, linkFiles } from './loads/kinds.ts';
import { prove } from './proof.ts';
import { copyRows, makeExpected } from './raw-copy.ts';
import { mustGoOn, type Servers, withDatabase } from './servers.ts';
import { pipelineSettings } from './throughput.ts';
import { untilClosed } from './until-closed.ts';

/** How many workers, and what they do. */
export interface Scaling {
  readonly workers: readonly number[];
  /** How long each commit waits, in ms. */
  readonly wait: number;
  /** Transactions that each worker is to make, at least. */
  readonly commits: number;
  readonly idle: number;
  readonly rounds: number;
  readonly seed: number;
}

export interface Scale {
  readonly wait: number;
  readonly scale: readonly {
    readonly workers: number;
    readonly recordsPerSecond: number;
    /** Records/s by those of one worker, and by the number of workers: 1 is linear. */
    readonly linear: number;
    readonly rounds: readonly number[];
  }[];
  /** What a fleet with nothing to do takes, in percent of a core: each part, and all of it. */
  readonly idle: {
    readonly seconds: number;
    readonly workers: number;
    readonly percent: Readonly<Record<string, number>>;
  };
}

/** A file of one chunk is committed in one transaction. Two that share a file wait for each other, which is not measured here. */
const FILE_ROWS = 250;
/** A worker commits at most so many micro-batches of 1000 rows in one transaction. */
const ROWS_A_COMMIT = 5_000;
const LOOK_EVERY_MS = 50;

/** Measures whether more workers load more, where the server is never the limit, and what an idle fleet costs. */
export async function measureScale(servers: Servers, o: Scaling): Promise<Scale> {
  const rates = new Map<number, number[]>();
  const loads = o.workers.map((workers) => {
    const files = Math.ceil((workers * o.commits * ROWS_A_COMMIT) / FILE_ROWS);
    const size = { files, rows: FILE_ROWS, seed: o.seed };
    return {
      workers,
      contents: writeContents(servers, KINDS.plain, o.seed, (into, prefix) =>
        KINDS.plain.write(into, prefix, size),
      ),
    };
  });
  for (let i = 1; i <= o.rounds; i += 1) {
    for (const { workers, contents } of loads) {
      mustGoOn(servers);
      servers.say(`${workers} workers, round ${i} of ${o.rounds}`);
      rates.set(workers, [...(rates.get(workers) ?? []), await round(servers, contents, workers, o.wait)]);
    }
  }
  const [one = Number.NaN] = o.workers;
  const perWorker = (workers: number, i: number) => (rates.get(workers)?.[i] ?? Number.NaN) / workers;
  const scale = [...rates].map(([workers, rounds]) => ({
    workers,
    recordsPerSecond: median(rounds),
    linear: median(rounds.map((_, i) => perWorker(workers, i) / perWorker(one, i))),
    rounds,
  }));
  return { wait: o.wait, scale, idle: await measureIdle(servers, o.idle) };
}

/** @returns records/s, between a fifth and four fifths of the load, where all workers have work */
function round(servers: Servers, { kind, feedsDir, warmUp, main }: Contents, workers: number, wait: number) {
  return withDatabase(servers, async (database) => {
    const { sql } = database;
    const fleet = new Fleet(servers, database, { feedsDir, env: pipelineSettings(servers) });
    try {
      fleet.startAll(workers);
      linkFiles(warmUp.folder, fleet.source);
      await untilClosed(servers, sql, fleet, warmUp.written.files);
      await makeCommitsWait(sql, wait);
      linkFiles(main.folder, fleet.beside);
      dropFiles(fleet.beside, fleet.source);
      const loaded = await watchRows(servers, sql, fleet, warmUp.written.rows, main.written.rows);
      await untilClosed(servers, sql, fleet, warmUp.written.files + main.written.files);
      await fleet.stop();
      await makeExpected(sql, kind);
      for (const { written } of [warmUp, main]) await copyRows(sql, kind, written);
      await prove(sql, kind, [warmUp.written, main.written]);
      return loaded;
    } finally {
      await fleet.stop();
    }
  });
}

/**
 * Makes each transaction that commits rows wait on the server, which costs no CPU: as a server does that is far away, or slow, but
 * never busy. Each of them writes one row of sluice_commits.
 */
async function makeCommitsWait(sql: Sql, ms: number): Promise<void> {
  await sql.unsafe(`
    CREATE FUNCTION bench_wait() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_sleep(${ms / 1000}); RETURN NULL; END $$;
    CREATE TRIGGER bench_wait AFTER INSERT ON sluice_commits FOR EACH STATEMENT EXECUTE FUNCTION bench_wait()`);
}

async function watchRows(
  servers: Servers,
  sql: Sql,
  fleet: Fleet,
  before: number,
  rows: number,
): Promise<number> {
  const [from, to] = [before + rows * 0.2, before + rows * 0.8];
  let first: { readonly at: number; readonly rows: number } | undefined;
  for (; ; await delay(LOOK_EVERY_MS)) {
    mustGoOn(servers);
    fleet.mustRun();
    const [{ n } = { n: 0 }] = await sql<
      { n: number }[]
    >`SELECT coalesce(sum(records), 0)::bigint AS n FROM sluice_commits`;
    const now = { at: performance.now(), rows: n };
    if (first === undefined && n >= from) first = now;
    if (first !== undefined && n >= to) return (now.rows - first.rows) / ((now.at - first.at) / 1000);
  }
}

const IDLE_WORKERS = 2;
const SETTLE_MS = 5_000;

/** A watcher and workers with the default settings and an empty folder. */
function measureIdle(servers: Servers, seconds: number): Promise<Scale['idle']> {
  return withDatabase(servers, async (database) => {
    servers.say(`an idle fleet, ${seconds} s`);
    const contents = writeContents(servers, KINDS.plain, 0, (into, prefix) =>
      KINDS.plain.write(into, prefix, { files: 1, rows: 1, seed: 0 }),
    );
    const fleet = new Fleet(servers, database, { feedsDir: contents.feedsDir, env: {} });
    try {
      fleet.startAll(IDLE_WORKERS);
      linkFiles(contents.warmUp.folder, fleet.source);
      await untilClosed(servers, database.sql, fleet, contents.warmUp.written.files);
      await delay(SETTLE_MS);
      const clock = fleet.clock();
      const began = performance.now();
      await delay(seconds * 1000);
      fleet.mustRun();
      const cpu = clock.read();
      const percent = (used: number) => (100 * used) / ((performance.now() - began) / 1000);
      const all = Object.values(cpu).reduce((sum, used) => sum + used, 0);
      const parts = Object.entries({ ...cpu, all }).map(([part, used]) => [part, percent(used)]);
      return { seconds, workers: IDLE_WORKERS, percent: Object.fromEntries(parts) };
    } finally {
      await fleet.stop();
    }
  });
}
