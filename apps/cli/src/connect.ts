import { setTimeout as delay } from 'node:timers/promises';
import { checkSchema, connectPostgres, type Sql } from '@sluice/ledger';
import { type Config, databaseAddress } from '@sluice/process';
import { namedFailure, unreachable } from './explain.ts';

/** How long a server may take to answer. */
export const ANSWER_WITHIN_MS = 5_000;

/** Waits for PostgreSQL's answer, but not for long, because a person is waiting. */
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
    // The abort rejects this promise, which is expected.
    tooLate.catch(() => undefined);
  }
}

/** Connects to PostgreSQL only, and checks that its schema fits this program. */
export async function reachLedger(role: string, config: Config): Promise<{ sql: Sql; url: string }> {
  const url = databaseAddress(config);
  const sql = connectPostgres(url, role, config);
  await answerOf(url, checkSchema(sql));
  return { sql, url };
}
