import type { Config } from './config.ts';
import { ErrorWithHint } from './errors.ts';
import { readServersState } from './servers-state.ts';

/** Where the two servers are; the URLs carry their passwords. */
export interface ServerAddresses {
  readonly databaseUrl: string;
  readonly redisUrl: string;
}

/**
 * The configured PostgreSQL, or the embedded one of a running `npm start` or `sluice servers`; no Redis is needed.
 *
 * @throws {ErrorWithHint} when there is neither
 */
export function databaseAddress({ databaseUrl, dataDir }: Config): string {
  const url = databaseUrl ?? readServersState(dataDir)?.postgres?.url;
  if (url === undefined) throw noServer('PostgreSQL', 'DATABASE_URL', dataDir);
  return url;
}

/** The same database by the role that owns its tables, for what changes the schema. */
export function ownerAddress(config: Config): string {
  return config.databaseOwnerUrl ?? databaseAddress(config);
}

/**
 * The configured URLs; for those not set, the embedded servers of a running `npm start` or `sluice servers`.
 *
 * @throws {ErrorWithHint} when there is neither
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
