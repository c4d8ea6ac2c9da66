import { access, constants } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { checkSchema, classify, PostgresFailure } from '@sluice/ledger';
import { codeOf, ErrorWithHint } from '@sluice/process';
import { refuseFolders } from './refuse-folders.ts';
import type { FeedStores, Stores } from './stores.ts';

const CONNECT_WITHIN_MS = 30_000;

/**
 * Checks at the start of an app that it can work: the folder can be read, PostgreSQL accepts the connection and has the schema of
 * this program, and Redis does not evict data. PostgreSQL gets 30 s to start. Redis is waited for without a limit, because its
 * connection logs that it is away and comes back by itself.
 */
export async function checkStart(stores: FeedStores, stopping: AbortSignal): Promise<void> {
  await refuseFolders(stores.config);
  await checkFolder(stores);
  await checkPostgres(stores, stopping);
  await checkRedis(stores, stopping);
}

async function checkFolder({ feed }: Pick<FeedStores, 'feed'>): Promise<void> {
  try {
    await feed.source.ensure();
    await access(feed.source.path, constants.R_OK | constants.X_OK);
  } catch (error) {
    const code = codeOf(error);
    const hint = 'let this user read and enter the folder, or set SOURCE_DIR to another one';
    throw new ErrorWithHint(`the source folder ${feed.source.path} cannot be read (${code})`, hint);
  }
}

async function checkPostgres(
  { sql, log }: Pick<Stores, 'log' | 'sql'>,
  stopping: AbortSignal,
): Promise<void> {
  const began = performance.now();
  for (let told = false; ; told = true) {
    try {
      return await checkSchema(sql);
    } catch (error) {
      const failure = classify(error);
      const outage = failure instanceof PostgresFailure && failure.kind === 'outage';
      if (!outage || stopping.aborted) throw failure;
      // Waiting does not help here: a wrong certificate will still be wrong in half a minute.
      if (failure.hint !== undefined) throw new ErrorWithHint(failure.message, failure.hint);
      if (performance.now() - began > CONNECT_WITHIN_MS) {
        throw new ErrorWithHint(failure.message, 'start PostgreSQL, or set DATABASE_URL to where it is');
      }
      if (!told) log.warn({ reason: failure.message }, 'PostgreSQL is away: waiting for it');
      await delay(500);
    }
  }
}

async function checkRedis({ redis }: Pick<Stores, 'redis'>, stopping: AbortSignal): Promise<void> {
  const { evictionPolicy: policy } = await redis.stateWhenReady(stopping);
  if (policy === 'noeviction') return;
  const hint =
    'set maxmemory-policy to noeviction (redis-cli CONFIG SET maxmemory-policy noeviction, and in its configuration)';
  throw new ErrorWithHint(
    `Redis may throw away jobs and staged rows: its maxmemory-policy is ${policy}`,
    hint,
  );
}
