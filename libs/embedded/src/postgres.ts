import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isServerOf, readIfPresent } from '@sluice/process';
import { choosePort, rememberPort } from './ports.ts';
import { findPostgres, type PostgresProgram } from './postgres-program.ts';
import { runProgram } from './run-program.ts';
import type { RunningServer } from './running-server.ts';
import { passwordFile } from './server-folder.ts';
import { exchange, holdsWithin, launch, terminate } from './server-process.ts';
import { logTail, ServerStartError } from './start-failure.ts';
import { type Placement, placePostgres } from './unprivileged.ts';

/** How to run one PostgreSQL. */
export interface PostgresOptions {
  /** Holds the data, password and log. It is made when missing. Using the same folder again continues with its data. */
  readonly folder: string;
  /** The exact port on 127.0.0.1. By default the port of the previous run, or another free one. */
  readonly port?: number;
  /** False, for tests, is faster, but the data does not survive a crash of the machine. */
  readonly durable?: boolean;
  readonly maxConnections?: number;
}

const DATABASE = 'ecommerce_streaming';
const USER = 'sluice';
// After a crash the server first replays its write-ahead log, which takes a while on a slow disk.
const READY_WITHIN_MS = 120_000;
const STARTS = 10;
const PAUSE_MS = 300;
const FAST_SHUTDOWN = [
  { signal: 'SIGINT', waitMs: 8_000 },
  { signal: 'SIGQUIT', waitMs: 3_000 },
  { signal: 'SIGKILL', waitMs: 3_000 },
] as const;
const NOT_DURABLE = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'timezone=UTC',
  'log_timezone=UTC',
  'log_checkpoints=off',
  // The log must hold no values of rows (I10), so it leaves out statements and the DETAIL lines that quote keys.
  'log_min_error_statement=panic',
  'log_error_verbosity=terse',
];

const settingArgs = (settings: readonly string[]): string[] => settings.flatMap((setting) => ['-c', setting]);

function failure(where: string, why: string, output: string): ServerStartError {
  return new ServerStartError({ server: 'PostgreSQL', where, why, output, variable: 'DATABASE_URL' });
}

/** Sorting that is the same on every system. The versions before 17 have none of their own besides that by bytes. */
function localeArgs(major: string): string[] {
  const builtin = Number(major) < 17 ? [] : ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  return ['--locale=C', ...builtin];
}

/** Makes the cluster in a draft folder and then moves it into place whole, so a crash leaves only a draft to remove. */
async function initialise(placement: Placement, major: string, durable: boolean): Promise<void> {
  const { folder, installation, launcher } = placement;
  const data = join(folder, 'data');
  for (const name of readdirSync(folder).filter((name) => name.startsWith('draft-'))) {
    rmSync(join(folder, name), { recursive: true });
  }
  if (existsSync(data)) {
    if (existsSync(join(folder, 'password'))) return;
    throw failure(
      folder,
      'has lost the file "password" of its data: restore the folder, or move it away',
      '',
    );
  }
  const draft = join(folder, `draft-${process.pid}`);
  const password = passwordFile(folder, launcher.account);
  const common = { launcher, folder };
  const made = await runProgram(
    join(installation, 'bin', 'initdb'),
    [
      `--pgdata=${draft}`,
      `--username=${USER}`,
      `--pwfile=${password}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
    ]
      .concat(localeArgs(major), '--no-instructions')
      .concat(durable ? [] : '--no-sync'),
    common,
  );
  if (!made.ok) throw failure(folder, 'could not be initialised', made.output);
  const created = await runProgram(
    join(installation, 'bin', 'postgres'),
    [
      '--single',
      '-D',
      draft,
      ...settingArgs(['exit_on_error=on', ...(durable ? [] : NOT_DURABLE)]),
      'template1',
    ],
    { ...common, input: `CREATE DATABASE ${DATABASE};\n` },
  );
  if (!created.ok) throw failure(folder, `could not create the database ${DATABASE}`, created.output);
  renameSync(draft, data);
}

/** Sends a startup message of protocol 3.0. A server that accepts connections asks for the password ('R'), others refuse ('E'). */
async function asksForPassword(port: number): Promise<boolean> {
  const text = Buffer.from(`user\0${USER}\0database\0${DATABASE}\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(head.length + text.length, 0);
  head.writeInt32BE(3 << 16, 4);
  const reply = await exchange(port, Buffer.concat([head, text]), (bytes) => bytes.length > 0);
  return reply.toString('latin1', 0, 1) === 'R';
}

function recordedPid(data: string): { pid: number; port: number } | undefined {
  const lines = readIfPresent(join(data, 'postmaster.pid'))?.split('\n') ?? [];
  return lines[0] ? { pid: Number(lines[0]), port: Number(lines[3] ?? 0) } : undefined;
}

function running(placement: Placement, version: string, pid: number, port: number): RunningServer {
  const data = join(placement.folder, 'data');
  const password = readIfPresent(join(placement.folder, 'password'));
  const isAlive = () => isServerOf('postgres', data, pid);
  return {
    address: { url: `postgres://${USER}:${password}@127.0.0.1:${port}/${DATABASE}`, version, pid, port },
    workingFolder: data,
    isAlive,
    stop: () => terminate(pid, isAlive, FAST_SHUTDOWN),
  };
}

/** The server that an earlier process left running in the placement, if it is alive and answers. */
async function leftRunning(placement: Placement, version: string): Promise<RunningServer | undefined> {
  const data = join(placement.folder, 'data');
  const recorded = recordedPid(data);
  if (!recorded) return undefined;
  const { pid, port } = recorded;
  if (!isServerOf('postgres', data, pid)) {
    // PostgreSQL removes a dead server's file itself, but not when another program has that pid now.
    if (existsSync(`/proc/${pid}`)) rmSync(join(data, 'postmaster.pid'), { force: true });
    return undefined;
  }
  const server = running(placement, version, pid, port);
  const settled = () => (server.isAlive() ? asksForPassword(port) : true);
  if ((await holdsWithin(READY_WITHIN_MS, settled)) && server.isAlive()) return server;
  await server.stop();
  return undefined;
}

async function startOnce(placement: Placement, version: string, o: PostgresOptions): Promise<RunningServer> {
  const { folder, installation, launcher } = placement;
  const portFile = join(folder, 'port');
  const port = o.port ?? (await choosePort(portFile));
  const logFile = join(folder, 'server.log');
  const settings = [...SETTINGS, `port=${port}`, `max_connections=${o.maxConnections ?? 100}`];
  const data = join(folder, 'data');
  const child = launch({
    launcher,
    program: join(installation, 'bin', 'postgres'),
    args: ['-D', data, ...settingArgs([...settings, ...(o.durable === false ? NOT_DURABLE : [])])],
    folder: data,
    logFile,
  });
  const ready = await holdsWithin(
    READY_WITHIN_MS,
    async () => child.ended() !== undefined || asksForPassword(port),
  );
  const ended = child.ended();
  const server = running(placement, version, child.pid, port);
  if (ready && ended === undefined) {
    rememberPort(portFile, port);
    return server;
  }
  await server.stop();
  throw failure(
    folder,
    ended ? `did not start: it ${ended}` : `was not ready within ${READY_WITHIN_MS / 1000} s`,
    logTail(logFile),
  );
}

// Two problems go away by themselves: another program has just taken the port, or workers of a killed server are still ending.
function mayPass(error: unknown, portIsFixed: boolean): boolean {
  if (!(error instanceof ServerStartError)) return false;
  return (
    /is still in use|lock file "postmaster.pid" already exists/.test(error.output) ||
    (!portIsFixed && /Address already in use/.test(error.output))
  );
}

/** The folder's server if it still runs, else a new one. `wasRunning` says which. */
export async function ensurePostgres(
  program: PostgresProgram,
  o: PostgresOptions,
): Promise<{ server: RunningServer; wasRunning: boolean }> {
  const placement = await placePostgres({ ...o, ...program });
  const left = await leftRunning(placement, program.version);
  if (left) return { server: left, wasRunning: true };
  await initialise(placement, program.major, o.durable ?? true);
  for (let start = 1; ; start += 1) {
    try {
      return { server: await startOnce(placement, program.version, o), wasRunning: false };
    } catch (error) {
      if (start === STARTS || !mayPass(error, o.port !== undefined)) throw error;
      await pause(PAUSE_MS);
    }
  }
}

/**
 * Starts a PostgreSQL for the caller alone, with an empty database `ecommerce_streaming` when its folder is new.
 * It outlives this process, so the caller must stop it.
 *
 * @param program by default the one that npm installed
 * @throws ServerStartError
 */
export async function startPostgres(o: PostgresOptions, program?: PostgresProgram): Promise<RunningServer> {
  const run = program ?? (await findPostgres());
  return (await ensurePostgres(run, { ...o, folder: resolve(o.folder) })).server;
}
