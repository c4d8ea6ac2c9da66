import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import {
  makeFolderOf,
  messageOf,
  ownerIsAlive,
  readServersState,
  removeServersState,
  type ServerAddress,
  type ServersState,
  writeServersState,
} from '@sluice/process';
import { exclusively } from './exclusively.ts';
import { ensurePostgres } from './postgres.ts';
import { findPostgres } from './postgres-program.ts';
import { ensureRedis } from './redis.ts';
import { findRedis } from './redis-program.ts';
import type { RunningServer } from './running-server.ts';

/** The servers that were asked for, and how to stop them. */
export interface RunningServers {
  readonly postgres?: ServerAddress;
  readonly redis?: ServerAddress;
  /** Ends the servers and waits until they are gone. Leaves servers of another live process alone. Idempotent. */
  stop(): Promise<void>;
}

/** What to start, and where. */
export interface StartServersOptions {
  /** The servers' files go below `<dataDir>/servers`. */
  readonly dataDir: string;
  /** Where a downloaded Redis is kept; by default the project's `.cache`. */
  readonly cacheDir?: string;
  readonly need: { readonly postgres: boolean; readonly redis: boolean };
  /** False, for tests: PostgreSQL and Redis may lose data when the machine crashes. */
  readonly durable?: boolean;
  readonly maxConnections?: number;
  /** Receives one sentence about anything slow or unusual. */
  readonly say: (message: string) => void;
}

type Running = { postgres?: RunningServer; redis?: RunningServer };

function shared(state: ServersState, o: StartServersOptions): RunningServers {
  for (const name of ['postgres', 'redis'] as const) {
    if (o.need[name] && !state[name]) {
      throw new Error(
        `process ${state.owner} runs the servers of ${o.dataDir}, but no ${name} among them. ` +
          `What to do: stop that process and start again, or set ${name === 'postgres' ? 'DATABASE_URL' : 'REDIS_URL'}.`,
      );
    }
  }
  o.say(`using the servers of process ${state.owner} in ${o.dataDir}; they are left to it`);
  const { postgres, redis } = state;
  return { ...(postgres && { postgres }), ...(redis && { redis }), stop: () => Promise.resolve() };
}

async function ensureServers(o: StartServersOptions, servers: string): Promise<Running> {
  const running: Running = {};
  const options = { durable: o.durable ?? true, maxConnections: o.maxConnections ?? 100 };
  const tellTakeover = (name: string, found: { server: RunningServer; wasRunning: boolean }) => {
    if (found.wasRunning)
      o.say(`took over the ${name} that an ended process left running (pid ${found.server.address.pid})`);
  };
  const postgres = async () => {
    const program = await findPostgres();
    const found = await ensurePostgres(program, {
      ...options,
      folder: join(servers, `postgres-${program.major}`),
    });
    tellTakeover('PostgreSQL', found);
    running.postgres = found.server;
  };
  const redis = async () => {
    const program = await findRedis({ cacheDir: o.cacheDir, say: o.say });
    const series = program.version.split('.').slice(0, 2).join('.');
    const found = await ensureRedis(program, {
      ...options,
      folder: join(servers, `${program.product}-${series}`),
    });
    tellTakeover('Redis', found);
    running.redis = found.server;
  };
  const starts = await Promise.allSettled([
    o.need.postgres ? postgres() : undefined,
    o.need.redis ? redis() : undefined,
  ]);
  const failures = starts.flatMap((start) => (start.status === 'rejected' ? [start.reason] : []));
  if (failures.length === 0) return running;
  await stopAll(running);
  throw failures.length === 1
    ? failures[0]
    : new AggregateError(failures, failures.map(messageOf).join('\n\n'));
}

async function stopAll({ postgres, redis }: Running): Promise<void> {
  await Promise.all([postgres?.stop(), redis?.stop()]);
}

const recorded = (server: RunningServer) => ({
  ...server.address,
  folder: realpathSync(server.workingFolder),
});

/**
 * Brings up the embedded servers of a data folder: it shares those of another live process, takes over those that a
 * killed process left running, and starts the others. They run in sessions of their own and outlive this process unless
 * they are stopped.
 * @throws ServerStartError when one does not start
 */
export async function startServers(o: StartServersOptions): Promise<RunningServers> {
  const servers = join(o.dataDir, 'servers');
  makeFolderOf('DATA_DIR', servers);
  return exclusively(servers, async () => {
    const state = readServersState(o.dataDir);
    if (state && ownerIsAlive(o.dataDir)) return shared(state, o);

    const { postgres, redis } = await ensureServers(o, realpathSync(servers));
    writeServersState(o.dataDir, {
      ...(postgres && { postgres: recorded(postgres) }),
      ...(redis && { redis: recorded(redis) }),
    });
    let stopping: Promise<void> | undefined;
    const stop = async () => {
      await stopAll({ ...(postgres && { postgres }), ...(redis && { redis }) });
      removeServersState(o.dataDir);
    };
    return {
      ...(postgres && { postgres: postgres.address }),
      ...(redis && { redis: redis.address }),
      stop: () => {
        stopping ??= stop();
        return stopping;
      },
    };
  });
}
