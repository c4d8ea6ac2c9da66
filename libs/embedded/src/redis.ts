import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isServerOf, readIfPresent } from '@sluice/process';
import { choosePort, rememberPort } from './ports.ts';
import { findRedis, type RedisProgram } from './redis-program.ts';
import type { RunningServer } from './running-server.ts';
import { passwordFile } from './server-folder.ts';
import { exchange, holdsWithin, launch, terminate } from './server-process.ts';
import { logTail, ServerStartError } from './start-failure.ts';

/** How to run one Redis. */
export interface RedisOptions {
  /** Holds the data, password and log. It is made when missing. Using the same folder again continues with its data. */
  readonly folder: string;
  /** The exact port on 127.0.0.1. By default the port of the previous run, or another free one. */
  readonly port?: number;
  /** False, for tests, keeps nothing on disk. */
  readonly durable?: boolean;
}

const PID_FILE = 'redis.pid';
// A large append-only file takes a while to load.
const READY_WITHIN_MS = 120_000;
const STARTS = 5;
const SHUTDOWN = [
  { signal: 'SIGTERM', waitMs: 10_000 },
  { signal: 'SIGKILL', waitMs: 3_000 },
] as const;

/** The configuration goes through standard input, so that the password appears in no process list. */
function configuration(o: RedisOptions, port: number, password: string): string {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    `dir ${JSON.stringify(o.folder)}`,
    `pidfile ${PID_FILE}`,
    'daemonize no',
    // Staged rows are still needed, so Redis must refuse writes when its memory is full, and not evict keys (I5).
    'maxmemory-policy noeviction',
    `appendonly ${o.durable === false ? 'no' : 'yes'}`,
    'save ""',
    '',
  ].join('\n');
}

/** Whether Redis is ready. Before it has loaded its data it answers with an error, so only PONG counts. */
async function answers(port: number, password: string): Promise<boolean> {
  const request = Buffer.from(`AUTH ${password}\r\nPING\r\n`);
  const reply = await exchange(port, request, (bytes) => /\r\n.*\r\n$/.test(bytes.toString('latin1')));
  return reply.toString('latin1') === '+OK\r\n+PONG\r\n';
}

function running(folder: string, version: string, pid: number, port: number): RunningServer {
  const password = readIfPresent(join(folder, 'password'));
  const isAlive = () => isServerOf('redis', folder, pid);
  return {
    address: { url: `redis://:${password}@127.0.0.1:${port}`, version, pid, port },
    workingFolder: folder,
    isAlive,
    stop: () => terminate(pid, isAlive, SHUTDOWN),
  };
}

/** The server that an earlier process left running in the folder, if it is alive and answers. */
async function leftRunning(folder: string, version: string): Promise<RunningServer | undefined> {
  const pid = Number(readIfPresent(join(folder, PID_FILE)) ?? Number.NaN);
  const port = Number(readIfPresent(join(folder, 'port')) ?? Number.NaN);
  if (!isServerOf('redis', folder, pid)) return undefined; // Redis overwrites a stale pid file.
  const password = readIfPresent(join(folder, 'password')) ?? '';
  const server = running(folder, version, pid, port);
  const settled = () => (server.isAlive() ? answers(port, password) : true);
  if ((await holdsWithin(READY_WITHIN_MS, settled)) && server.isAlive()) return server;
  await server.stop();
  return undefined;
}

async function startOnce(redis: RedisProgram, o: RedisOptions): Promise<RunningServer> {
  const portFile = join(o.folder, 'port');
  const port = o.port ?? (await choosePort(portFile));
  // The port is recorded before the start, so that a process that takes this server over finds it.
  rememberPort(portFile, port);
  const password = readIfPresent(passwordFile(o.folder)) ?? '';
  const logFile = join(o.folder, 'server.log');
  const child = launch({
    launcher: redis.launcher,
    program: redis.program,
    args: ['-'],
    folder: o.folder,
    logFile,
    input: configuration(o, port, password),
  });
  const settled = () => (child.ended() === undefined ? answers(port, password) : true);
  const ready = await holdsWithin(READY_WITHIN_MS, settled);
  const ended = child.ended();
  const server = running(o.folder, redis.version, child.pid, port);
  if (ready && ended === undefined) return server;
  await server.stop();
  const why = ended ? `did not start: it ${ended}` : `was not ready within ${READY_WITHIN_MS / 1000} s`;
  const output = logTail(logFile);
  throw new ServerStartError({ server: 'Redis', where: o.folder, why, output, variable: 'REDIS_URL' });
}

/** The folder's server if it still runs, else a new one. `wasRunning` says which. */
export async function ensureRedis(
  redis: RedisProgram,
  o: RedisOptions,
): Promise<{ server: RunningServer; wasRunning: boolean }> {
  mkdirSync(o.folder, { recursive: true, mode: 0o700 });
  const left = await leftRunning(o.folder, redis.version);
  if (left) return { server: left, wasRunning: true };
  for (let start = 1; ; start += 1) {
    try {
      return { server: await startOnce(redis, o), wasRunning: false };
    } catch (error) {
      const portWasTaken = error instanceof ServerStartError && /Address already in use/.test(error.output);
      if (start === STARTS || !portWasTaken || o.port !== undefined) throw error;
    }
  }
}

/**
 * Starts a Redis for the caller alone. It outlives this process, so the caller must stop it.
 * @param o.cacheDir where a downloaded Redis is kept; by default the project's `.cache`
 * @throws ServerStartError
 */
export async function startRedis(o: RedisOptions & { readonly cacheDir?: string }): Promise<RunningServer> {
  const redis = await findRedis({ cacheDir: o.cacheDir, say: () => undefined });
  return (await ensureRedis(redis, { ...o, folder: resolve(o.folder) })).server;
}
