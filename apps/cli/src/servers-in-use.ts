import { startServers } from '@sluice/embedded';
import { type Config, readServersState, type ServerAddresses } from '@sluice/process';

/** Who runs a server: this process, another process with the same data folder, or somebody else. */
export type Keeper = 'embedded' | 'external' | `of process ${number}`;

/** The two servers of a `start`, and a way to stop the embedded ones. */
export interface ServersInUse extends ServerAddresses {
  readonly postgres: Keeper;
  readonly redis: Keeper;
  /** Ends the embedded servers that this process started or took over. Idempotent. */
  stop(): Promise<void>;
}

/** The configured servers. A server that is not configured is replaced by an embedded one. */
export async function bringUpServers(config: Config, say: (message: string) => void): Promise<ServersInUse> {
  const { dataDir, databaseUrl, redisUrl } = config;
  if (databaseUrl !== undefined && redisUrl !== undefined) {
    const stop = () => Promise.resolve();
    return { databaseUrl, redisUrl, postgres: 'external', redis: 'external', stop };
  }
  const need = { postgres: databaseUrl === undefined, redis: redisUrl === undefined };
  const servers = await startServers({ dataDir, need, say });
  const owner = readServersState(dataDir)?.owner ?? process.pid;
  const keeper: Keeper = owner === process.pid ? 'embedded' : `of process ${owner}`;
  return {
    databaseUrl: databaseUrl ?? servers.postgres?.url ?? '',
    redisUrl: redisUrl ?? servers.redis?.url ?? '',
    postgres: need.postgres ? keeper : 'external',
    redis: need.redis ? keeper : 'external',
    stop: () => servers.stop(),
  };
}
