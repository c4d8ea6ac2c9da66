import { setTimeout as delay } from 'node:timers/promises';
import { checkSchema, postgresVersion } from '@sluice/ledger';
import { messageOf, type Readiness } from '@sluice/process';
import type { Stores } from '../stores.ts';

const ANSWER_WITHIN_MS = 3_000;

/** Says whether this process can work now: both servers answer, and the database has the schema of this program. */
export async function readiness({ sql, redis }: Pick<Stores, 'sql' | 'redis'>): Promise<Readiness> {
  const checks = await Promise.all([
    check('postgres', () => postgresVersion(sql)),
    check('migrations', () => checkSchema(sql)),
    check('redis', () => redis.ping()),
  ]);
  return { ready: checks.every(({ reason }) => reason === null), checks };
}

async function check(name: string, question: () => Promise<unknown>): Promise<Readiness['checks'][number]> {
  const patience = new AbortController();
  const tooLate = delay(ANSWER_WITHIN_MS, undefined, { signal: patience.signal }).then(() => {
    throw new Error(`no answer within ${ANSWER_WITHIN_MS / 1000} s`);
  });
  tooLate.catch(() => undefined); // its abort is not an error
  try {
    await Promise.race([question(), tooLate]);
    return { name, reason: null };
  } catch (error) {
    return { name, reason: messageOf(error) };
  } finally {
    patience.abort();
  }
}
