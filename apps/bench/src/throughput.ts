import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { columnsOf, events } from '@sluice/core';
import { startServers } from '@sluice/embedded';
import { connectPostgres, migrate, type Sql, verify } from '@sluice/ledger';
import type { App } from '@sluice/process';
import { CpuClock, type CpuSeconds } from './cpu-clock.ts';
import { dropFiles, writeFiles } from './event-files.ts';
import { Fleet } from './fleet.ts';
import { rawCopy } from './raw-copy.ts';

/** What to load, and with how many worker processes. */
export interface Load {
  readonly files: number;
  readonly rows: number;
  readonly workers: number;
  readonly seed: number;
}

/** What was measured. Times are in seconds. */
export interface Throughput {
  readonly load: Load;
  readonly rows: number;
  /** The settings of the apps by name, as values of the configuration (milliseconds, counts). */
  readonly settings: Readonly<Record<string, number>>;
  readonly servers: { readonly postgres: string; readonly redis: string };
  /** From the drop until the ledger has closed every file. `firstCommit` is a part of `seconds`. */
  readonly pipeline: { readonly seconds: number; readonly firstCommit: number; readonly commits: number };
  /** The CPU time that each part took during the load. */
  readonly cpu: CpuSeconds;
  readonly copy: { readonly seconds: number };
}

const WARM_UP = { files: 40, rows: 100 };
const LOOK_EVERY_MS = 50;
const STUCK_AFTER_MS = 60_000;

/**
 * Loads generated files through the real apps, and the same rows with raw COPY, on one server.
 *
 * @throws when an app ends, nothing is closed for a minute, or the result is not exactly what was dropped (I1)
 */
export async function measureThroughput({ config, log, stopping }: App, load: Load): Promise<Throughput> {
  const say = (message: string) => log.info(message);
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  chmodSync(dataDir, 0o711); // The account that PostgreSQL runs as must be able to enter.
  const cleanUps: (() => unknown)[] = [() => rmSync(dataDir, { recursive: true, force: true })];
  try {
    const servers = await startServers({ dataDir, need: { postgres: true, redis: true }, say });
    cleanUps.push(() => servers.stop());
    const { postgres, redis } = servers;
    if (!postgres || !redis) throw new Error('the embedded servers were not started');
    const sql = connectPostgres(postgres.url, 'bench', { log });
    cleanUps.push(() => sql.end());
    await migrate(sql);

    const beside = join(dataDir, 'prepared');
    const source = join(dataDir, 'input_data');
    for (const folder of [beside, source]) mkdirSync(folder);
    // A real stream of files never ends, so it has no wait for a last tick. A short flush interval keeps that wait short here.
    const flushInterval = config.origins.flushInterval === 'default' ? 1000 : config.flushInterval;
    const fleet = new Fleet({
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      DATA_DIR: dataDir,
      SOURCE_DIR: source,
      FLUSH_INTERVAL: `${flushInterval}ms`,
      STABLE_FOR: '0ms', // This wait affects latency, not throughput.
    });
    cleanUps.push(() => fleet.stop());
    const watcher = fleet.start('watcher');
    const workers = Array.from({ length: load.workers }, () => fleet.start('worker'));
    const untilClosed = async (files: number) => {
      let closed = -1;
      for (let movedAt = performance.now(); closed < files; await delay(LOOK_EVERY_MS)) {
        if (stopping.aborted) throw new Error('stopped before the end of the measurement');
        fleet.mustRun();
        const now = await closedFiles(sql);
        if (now !== closed) movedAt = performance.now();
        else if (performance.now() - movedAt > STUCK_AFTER_MS)
          throw new Error(`stuck at ${now} of ${files} files; the apps wrote:\n${fleet.output}`);
        closed = now;
      }
    };

    say('warming up');
    const first = { ...WARM_UP, files: Math.min(WARM_UP.files, load.files) };
    writeFiles(beside, { ...first, prefix: 'warm_up', seed: load.seed + 1 });
    dropFiles(beside, source);
    await untilClosed(first.files);

    say(`writing ${load.files} files of ${load.rows} rows`);
    const texts = writeFiles(beside, { ...load, prefix: 'events' });
    await sql`CHECKPOINT`;
    const clock = new CpuClock({
      watcher: [watcher],
      workers,
      postgres: [postgres.pid],
      redis: [redis.pid],
    });
    const before = await commitCount(sql);
    say('loading through the pipeline');
    const dropped = Date.now();
    const began = performance.now();
    dropFiles(beside, source);
    await untilClosed(first.files + load.files);
    const seconds = (performance.now() - began) / 1000;
    const cpu = clock.read();
    const { commits, firstCommit } = await commitsAfter(sql, before);
    await fleet.stop();

    say('loading with COPY');
    await sql`CHECKPOINT`;
    const copySeconds = await rawCopy(sql, texts);
    await mustBeExact(sql, { loaded: first.files * first.rows, measured: load.files * load.rows });
    return {
      load,
      rows: load.files * load.rows,
      settings: {
        WORKER_CONCURRENCY: config.workerConcurrency,
        BATCH_ROWS: config.batchRows,
        CHUNK_ROWS: config.chunkRows,
        FLUSH_INTERVAL: flushInterval,
      },
      servers: { postgres: postgres.version, redis: redis.version },
      pipeline: { seconds, firstCommit: (firstCommit - dropped) / 1000, commits },
      cpu,
      copy: { seconds: copySeconds },
    };
  } finally {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  }
}

async function closedFiles(sql: Sql): Promise<number> {
  const [row] = await sql<{ n: number }[]>`
    SELECT count(*) AS n FROM sluice_files WHERE closed_at IS NOT NULL`;
  return row?.n ?? 0;
}

async function commitCount(sql: Sql): Promise<number> {
  const [row] = await sql<{ n: number }[]>`SELECT coalesce(max(commit_no), 0) AS n FROM sluice_commits`;
  return row?.n ?? 0;
}

async function commitsAfter(sql: Sql, before: number): Promise<{ commits: number; firstCommit: number }> {
  const [row] = await sql<{ commits: number; first: Date }[]>`
    SELECT count(*) AS commits, min(committed_at) AS first FROM sluice_commits WHERE commit_no > ${before}`;
  return { commits: row?.commits ?? 0, firstCommit: row?.first.getTime() ?? Number.NaN };
}

/** A fast load counts only if the table is right: every row is there once, and the ledger adds up (I1). */
async function mustBeExact(sql: Sql, rows: { loaded: number; measured: number }): Promise<void> {
  const [{ problems, gone }, [counts]] = await Promise.all([
    verify(sql),
    sql<{ events: number; copied: number; missing: number }[]>`
      SELECT (SELECT count(*) FROM events) AS events, (SELECT count(*) FROM raw_copy.events) AS copied,
             (SELECT count(*) FROM (
                SELECT ${sql(columnsOf(events))}
                FROM raw_copy.events
                EXCEPT
                SELECT ${sql(columnsOf(events))}
                FROM events) AS difference) AS missing`,
  ]);
  const right =
    counts?.events === rows.loaded + rows.measured && counts.copied === rows.measured && counts.missing === 0;
  if (right && problems.length + gone.length === 0) return;
  throw new Error(
    `the result is not exact: of ${rows.loaded + rows.measured} rows ${counts?.events} are in the table, ` +
      `${counts?.missing} of the copied ones are not or differ; ` +
      `verify found ${problems.length} problems and ${gone.length} missing files`,
  );
}
