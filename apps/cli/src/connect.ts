import { setTimeout as delay } from 'node:timers/promises';
import { checkSchema, connectPostgres, type Sql } from '@sluice/ledger';
import { type Config, databaseAddress } from '@sluice/process';
import { namedFailure, unreachable } from './explain.ts';

/** How long a server may take to let us in. */
export const ANSWER_WITHIN_MS = 5_000;

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
    throw namedFailure(url, error);
  } finally {
    patience.abort();
    // Its abort is not news.
    tooLate.catch(() => undefined);
  }
}

/** Only PostgreSQL, with the schema of this program. */
export async function reachLedger(role: string, config: Config): Promise<{ sql: Sql; url: string }> {
  const url = databaseAddress(config);
  const sql = connectPostgres(url, role, config);
  await answerOf(url, checkSchema(sql));
  return { sql, url };
}
