import { setTimeout as delay } from 'node:timers/promises';
import { checkSchema, classify, connectPostgres, Ledger, PostgresFailure, type Sql } from '@sluice/postgres';
import {
  Checkpoint,
  closeQueues,
  connectRedis,
  keysOf,
  openQueues,
  type Queues,
  Staging,
  type WhileAway,
} from '@sluice/redis';
import { type Config, type Logger, serverAddresses } from '@sluice/runtime';
import { SourceFolder } from '@sluice/source';

type Redis = ReturnType<typeof connectRedis>;

/** All that a stage works with. */
export interface Stores {
  readonly config: Config;
  readonly log: Logger;
  readonly folder: SourceFolder;
  readonly sql: Sql;
  readonly ledger: Ledger;
  readonly redis: Redis;
  readonly checkpoint: Checkpoint;
  readonly staging: Staging;
  readonly queues: Queues;
}

/** Opens the folder and both servers of this configuration. Nothing is connected until it is used. */
export function openStores(role: string, config: Config, log: Logger, whileAway: WhileAway): Stores {
  const { databaseUrl, redisUrl } = serverAddresses(config);
  const sql = connectPostgres(databaseUrl, role, log);
  const redis = connectRedis(redisUrl, { whileAway, log });
  const keys = keysOf(config.redisPrefix);
  return {
    config,
    log,
    folder: new SourceFolder(config.sourceDir),
    sql,
    ledger: new Ledger(sql),
    redis,
    checkpoint: new Checkpoint(redis, keys),
    staging: new Staging(redis, keys),
    queues: openQueues(redis, config.redisPrefix, config.insertAttempts, log),
  };
}

/** Closes what {@link openStores} opened. */
export async function closeStores({ sql, redis, queues }: Stores): Promise<void> {
  await closeQueues(queues);
  redis.disconnect();
  await sql.end({ timeout: 5 });
}

const CONNECT_WITHIN_MS = 30_000;

/**
 * Proves at the start of an app that PostgreSQL lets it in and has the schema of this program. A server that is only
 * starting gets 30 s. Redis needs no such check: its connection waits for it and says so.
 */
export async function checkPostgres({ sql, log }: Stores, stopping: AbortSignal): Promise<void> {
  const began = performance.now();
  for (let told = false; ; told = true) {
    try {
      return await checkSchema(sql);
    } catch (error) {
      const failure = classify(error);
      const outage = failure instanceof PostgresFailure && failure.kind === 'outage';
      if (!outage || stopping.aborted || performance.now() - began > CONNECT_WITHIN_MS) throw failure;
      if (!told) log.warn({ reason: failure.message }, 'PostgreSQL is away: waiting for it');
      await delay(500);
    }
  }
}
