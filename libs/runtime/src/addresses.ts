import type { Config } from './config.ts';
import { readServersState } from './servers/index.ts';

/** Where the two servers are; the URLs carry their passwords. */
export interface ServerAddresses {
  readonly databaseUrl: string;
  readonly redisUrl: string;
}

/** A server is neither configured nor running as an embedded one; the hint says how to get it. */
export class NoServerError extends Error {
  override readonly name = 'NoServerError';
  readonly hint: string;

  constructor(server: string, variable: string, dataDir: string) {
    super(
      `no ${server}: ${variable} is not set, and no embedded server runs under ${JSON.stringify(dataDir)}`,
    );
    this.hint = `run "npm start" or "npm run sluice -- servers", or set ${variable}`;
  }
}

/**
 * The configured URLs; for those not set, the embedded servers of a running `npm start` or `sluice servers`.
 *
 * @throws {NoServerError} when there is neither
 */
export function serverAddresses(config: Config): ServerAddresses {
  const { dataDir } = config;
  const state = config.databaseUrl && config.redisUrl ? undefined : readServersState(dataDir);
  const databaseUrl = config.databaseUrl ?? state?.postgres?.url;
  const redisUrl = config.redisUrl ?? state?.redis?.url;
  if (databaseUrl === undefined) throw new NoServerError('PostgreSQL', 'DATABASE_URL', dataDir);
  if (redisUrl === undefined) throw new NoServerError('Redis', 'REDIS_URL', dataDir);
  return { databaseUrl, redisUrl };
}
