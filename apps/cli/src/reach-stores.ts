import { checkSchema } from '@sluice/ledger';
import { type FeedStores, openStores } from '@sluice/pipeline';
import { type Config, createLogger, serverAddresses } from '@sluice/process';
import { redisRefusal } from '@sluice/staging';
import { ANSWER_WITHIN_MS, answerOf } from './connect.ts';
import { reasons, unreachable } from './explain.ts';

/** Waits until Redis accepts the connection, or fails with its first error. */
export async function reachRedis({ redis }: FeedStores, url: string): Promise<void> {
  try {
    await redis.reach(AbortSignal.timeout(ANSWER_WITHIN_MS));
  } catch (error) {
    const silent = error instanceof Error && error.name === 'AbortError';
    throw redisFailure(
      url,
      silent
        ? Object.assign(new Error(`no answer within ${ANSWER_WITHIN_MS / 1000} s`), { code: 'NO_ANSWER' })
        : error,
    );
  }
}

/**
 * Connects to both servers. Commands fail while Redis is away, because a person is waiting.
 *
 * @param connections how many to PostgreSQL at the most. Opening one costs more than a question that waits for another
 */
export async function reachStores(role: string, config: Config, connections?: number): Promise<FeedStores> {
  const { databaseUrl, redisUrl } = serverAddresses(config);
  const stores = openStores(role, config, createLogger(role, 'silent', 2), 'fail', connections);
  await Promise.all([answerOf(databaseUrl, checkSchema(stores.sql)), reachRedis(stores, redisUrl)]);
  return stores;
}

/** Describes an error of the Redis driver: where it happened and what to do. Other values are returned unchanged. */
function redisFailure(url: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  const credentials = /NOAUTH|WRONGPASS|invalid password|without any password/i.test(error.message);
  const refusal = redisRefusal(url, error);
  const way = credentials ? 'check the user and the password in REDIS_URL' : refusal?.hint;
  return unreachable('Redis', url, refusal?.reason ?? reasons[code] ?? (error.message || code), way);
}
