import { setTimeout as delay } from 'node:timers/promises';
import { checkSchema, connectPostgres, type Sql } from '@sluice/ledger';
import { openStores, type Stores } from '@sluice/pipeline';
import { type Config, createLogger, databaseAddress, serverAddresses } from '@sluice/process';
import { namedFailure, unreachable } from './explain.ts';

const ANSWER_WITHIN_MS = 5_000;

/** Waits for an answer of PostgreSQL, but not for long: someone sits before the screen. */
export async function answerOf<T>(
  url: string,
  question: Promise<T>,
  withinMs = ANSWER_WITHIN_MS,
): Promise<T> {
  const patience = new AbortController();
  const tooLate = delay(withinMs, undefined, { signal: patience.signal }).then(() => {
    throw unreachable('PostgreSQL', url, `no answer within ${withinMs / 1000} s`);
  });
  try {
    return await Promise.race([question, tooLate]);
  } catch (error) {
    throw namedFailure('PostgreSQL', url, error);
  } finally {
    patience.abort();
    // Its abort is not news.
    tooLate.catch(() => undefined);
  }
}

/** Waits until Redis lets us in, or fails with its first error. */
export async function reachRedis({ redis }: Stores, url: string): Promise<void> {
  try {
    await redis.reach(AbortSignal.timeout(ANSWER_WITHIN_MS));
  } catch (error) {
    const silent = error instanceof Error && error.name === 'AbortError';
    throw namedFailure(
      'Redis',
      url,
      silent
        ? Object.assign(new Error(`no answer within ${ANSWER_WITHIN_MS / 1000} s`), { code: 'NO_ANSWER' })
        : error,
    );
  }
}

/** Only PostgreSQL, with the schema of this program. */
export async function reachLedger(role: string, config: Config): Promise<{ sql: Sql; url: string }> {
  const url = databaseAddress(config);
  const sql = connectPostgres(url, role, config);
  await answerOf(url, checkSchema(sql));
  return { sql, url };
}

/** Both servers, for a look: commands fail while Redis is away. */
export async function reachStores(role: string, config: Config): Promise<Stores> {
  const { databaseUrl, redisUrl } = serverAddresses(config);
  const stores = openStores(role, config, createLogger(role, 'silent', 2), 'fail');
  await Promise.all([answerOf(databaseUrl, checkSchema(stores.sql)), reachRedis(stores, redisUrl)]);
  return stores;
}
