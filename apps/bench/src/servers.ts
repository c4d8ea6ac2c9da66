import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServers } from '@sluice/embedded';
import { connectPostgres, migrate, type Sql } from '@sluice/ledger';
import type { App, ServerAddress } from '@sluice/process';

/** The servers of a run, which everything that is compared shares. */
export interface Servers {
  readonly app: App;
  readonly postgres: ServerAddress;
  readonly redis: ServerAddress;
  /** A temporary folder for what the run needs. It is on one file system, so files can be renamed within it. */
  readonly folder: string;
  /** Says what is done, on standard error. */
  readonly say: (message: string) => void;
}

/** A database with the tables of Sluice, and a name for its keys in Redis: as a new installation has them. */
export interface Database {
  readonly url: string;
  readonly redisPrefix: string;
  readonly sql: Sql;
}

/** What the servers of a run must have. */
export interface Needs {
  /** PostgreSQL keeps the time of each commit. */
  readonly commitTimes?: boolean;
}

/** Starts a durable PostgreSQL and a Redis in a temporary folder, and removes all of it afterwards. */
export async function withServers<T>(
  app: App,
  { commitTimes = false }: Needs,
  work: (servers: Servers) => Promise<T>,
): Promise<T> {
  const say = (message: string) => app.log.info(message);
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  chmodSync(folder, 0o711); // The account that PostgreSQL runs as must be able to enter.
  try {
    if (commitTimes) await configure(folder, say, 'ALTER SYSTEM SET track_commit_timestamp = on');
    const servers = await startServers({ dataDir: folder, need: { postgres: true, redis: true }, say });
    try {
      const { postgres, redis } = servers;
      if (!postgres || !redis) throw new Error('the embedded servers were not started');
      return await work({ app, postgres, redis, folder, say });
    } finally {
      await servers.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Changes a setting that PostgreSQL takes only when it starts. */
async function configure(dataDir: string, say: Servers['say'], statement: string): Promise<void> {
  const { postgres, stop } = await startServers({ dataDir, need: { postgres: true, redis: false }, say });
  const sql = connectPostgres(postgres?.url ?? '', 'bench');
  await sql.unsafe(statement);
  await sql.end();
  await stop();
}

let databases = 0;

/** Makes a new database, so that each round begins with empty tables, and drops it afterwards. */
export async function withDatabase<T>(
  servers: Servers,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  databases += 1;
  const name = `bench_${databases}`;
  const admin = connectPostgres(servers.postgres.url, 'bench');
  try {
    await admin.unsafe(`CREATE DATABASE ${name}`);
    const url = Object.assign(new URL(servers.postgres.url), { pathname: `/${name}` }).href;
    const sql = connectPostgres(url, 'bench', { log: servers.app.log });
    try {
      await migrate(sql);
      return await work({ url, redisPrefix: `{${name}}`, sql });
    } finally {
      await sql.end();
      await admin.unsafe(`DROP DATABASE ${name} WITH (FORCE)`);
    }
  } finally {
    await admin.end();
  }
}

/** @throws when the run was asked to stop */
export function mustGoOn({ app }: Servers): void {
  if (app.stopping.aborted) throw new Error('stopped before the end of the measurement');
}
