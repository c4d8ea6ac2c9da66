import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { otherUsers, type Sql } from '@sluice/ledger';
import { type Config, ErrorWithHint, ownerIsAlive, readIfPresent, readServersState } from '@sluice/process';
import { counted, printable } from './printable.ts';

/** The end of the servers waits for the answer no longer than this. */
const ANSWER_WITHIN_MS = 2_000;

/**
 * Refuses a second `npm start` with the embedded servers of one data folder: the first one would take them away when it ends.
 *
 * @throws {ErrorWithHint} that says which process runs, since when, and where its page is
 */
export function refuseSecondStart({ dataDir, databaseUrl, redisUrl }: Config): void {
  if (databaseUrl !== undefined && redisUrl !== undefined) return;
  const owner = readServersState(dataDir)?.owner;
  if (owner === undefined || owner === process.pid || !ownerIsAlive(dataDir)) return;
  if (!readFileSync(`/proc/${owner}/cmdline`, 'utf8').split('\0').includes('start')) return;
  const since = statSync(join(dataDir, 'servers', 'state.json')).mtime.toISOString();
  const page = readIfPresent(join(dataDir, 'dashboard-address'));
  throw new ErrorWithHint(
    `npm start runs already in ${dataDir}: process ${owner}, since ${since.slice(0, 16).replace('T', ' ')} UTC${page === undefined ? '' : `, its page is ${page}`}`,
    'use that one ("npm run worker" adds a worker to it), stop it first, or set DATA_DIR to another folder',
  );
}

/** Who else uses embedded servers that are about to end; '' where nobody does, and where PostgreSQL does not say it at once. */
export async function usersLeft(sql: Sql): Promise<string> {
  const late = new AbortController();
  const users = await Promise.race([
    otherUsers(sql).catch(() => []), // Nothing is lost with a server that is away already.
    delay(ANSWER_WITHIN_MS, [], { signal: late.signal }).catch(() => []),
  ]);
  late.abort();
  if (users.length === 0) return '';
  const named = users.map(({ name, sessions }) => `${printable(name)} (${counted(sessions, 'session')})`);
  return `PostgreSQL and Redis end with this process, but are still used by: ${named.join(', ')}. Watchers and workers wait until the servers are back.`;
}
