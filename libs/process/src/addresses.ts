import type { Config } from './config.ts';
import { ErrorWithHint } from './errors.ts';
import { readServersState } from './servers-state.ts';

/** The URLs of the two servers, including their passwords. */
export interface ServerAddresses {
  readonly databaseUrl: string;
  readonly redisUrl: string;
}

/**
 * The URL of the configured PostgreSQL, or of the embedded one of a running `npm start` or `sluice servers`. Needs no Redis.
 *
 * @throws {ErrorWithHint} when there is neither
 */
export function databaseAddress({ databaseUrl, dataDir }: Config): string {
  const url = databaseUrl ?? readServersState(dataDir)?.postgres?.url;
  if (url === undefined) throw noServer('PostgreSQL', 'DATABASE_URL', dataDir);
  return url;
}

/** The URL of the same database for the role that owns its tables, which may change the schema. */
export function ownerAddress(config: Config): string {
  return config.databaseOwnerUrl ?? databaseAddress(config);
}

/**
 * The configured URLs. A URL that is not set is that of the embedded server of a running `npm start` or `sluice servers`.
 *
 * @throws {ErrorWithHint} when a server has neither
 */
export function serverAddresses(config: Config): ServerAddresses {
  const databaseUrl = databaseAddress(config);
  const redisUrl = config.redisUrl ?? readServersState(config.dataDir)?.redis?.url;
  if (redisUrl === undefined) throw noServer('Redis', 'REDIS_URL', config.dataDir);
  return { databaseUrl, redisUrl };
}

function noServer(server: string, variable: string, dataDir: string): ErrorWithHint {
  return new ErrorWithHint(
    `no ${server}: ${variable} is not set, and no embedded server runs under ${JSON.stringify(dataDir)}`,
    `run "npm start" or "npm run sluice -- servers", or set ${variable}`,
  );
}
