import { type Contract, events } from '@sluice/core';
import { connectPostgres, type Sql } from '@sluice/ledger';
import { type Config, type Logger, serverAddresses } from '@sluice/process';
import {
  Checkpoint,
  closeQueues,
  connectRedis,
  keysOf,
  openQueues,
  type Queues,
  Staging,
  type WhileAway,
} from '@sluice/staging';
import { eventsFeed, type Feed } from './feed.ts';

type Redis = ReturnType<typeof connectRedis>;

/** All that a stage works with. */
export interface Stores {
  readonly config: Config;
  readonly log: Logger;
  readonly feed: Feed;
  readonly sql: Sql;
  readonly redis: Redis;
  readonly staging: Staging;
  readonly queues: Queues;
}

/** Opens the folder and both servers of this configuration, for records of this contract. Nothing is connected until it is used. */
export function openStores(
  role: string,
  config: Config,
  log: Logger,
  whileAway: WhileAway,
  contract: Contract = events,
): Stores {
  const { databaseUrl, redisUrl } = serverAddresses(config);
  const sql = connectPostgres(databaseUrl, role, { eventsTable: config.eventsTable, contract, log });
  const redis = connectRedis(redisUrl, { whileAway, log, tls: config });
  const keys = keysOf(config.redisPrefix);
  return {
    config,
    log,
    feed: eventsFeed({ config, log, sql, checkpoint: new Checkpoint(redis, keys) }),
    sql,
    redis,
    staging: new Staging(redis, keys, log),
    queues: openQueues(redis, config.redisPrefix, config.insertAttempts, log),
  };
}

/** Closes what {@link openStores} opened. */
export async function closeStores({ sql, redis, queues }: Stores): Promise<void> {
  await closeQueues(queues);
  redis.disconnect();
  await sql.end({ timeout: 5 });
}
