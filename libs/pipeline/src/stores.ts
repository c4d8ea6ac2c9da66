import { connectPostgres, type Sql } from '@sluice/ledger';
import { type Config, type Logger, serverAddresses } from '@sluice/process';
import { openRedis, type RedisStores, type WhileAway } from '@sluice/staging';
import type { Feed } from './feed.ts';
import { eventsOf, Feeds } from './feeds.ts';

/** What all feeds share: the settings, the log, PostgreSQL, and what Sluice does with Redis. */
export interface Stores extends Omit<RedisStores, 'checkpointOf'> {
  readonly config: Config;
  readonly log: Logger;
  readonly sql: Sql;
  readonly feeds: Feeds;
}

/** What a stage may take: what all feeds share, and the feed that it works for. Each names what it takes, unless that is nearly all. */
export interface FeedStores extends Stores {
  readonly feed: Feed;
}

/**
 * Opens the feeds and both servers of this configuration. Connections are made on first use.
 *
 * @param connections how many to PostgreSQL at the most; without it, as many as a stage may need
 */
export function openStores(
  role: string,
  config: Config,
  log: Logger,
  whileAway: WhileAway,
  connections?: number,
): FeedStores {
  const { databaseUrl, redisUrl } = serverAddresses(config);
  const sql = connectPostgres(databaseUrl, role, { eventsTable: config.eventsTable, log, connections });
  const { redisPrefix: prefix, insertAttempts, flushWhenIdle: busyFor } = config;
  const options = { prefix, insertAttempts, busyFor, whileAway, log, tls: config };
  const { checkpointOf, ...redis } = openRedis(redisUrl, options);
  const feeds = new Feeds({ config, log, sql, checkpointOf });
  return { config, log, feeds, feed: eventsOf(feeds), sql, ...redis };
}

/** Closes what {@link openStores} opened. */
export async function closeStores({ sql, redis, queues }: Stores): Promise<void> {
  await queues.close();
  redis.close();
  await sql.end({ timeout: 5 });
}
