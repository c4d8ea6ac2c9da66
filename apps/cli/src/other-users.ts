import { existsSync, readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { FeedStores } from '@sluice/pipeline';
import { type Config, ErrorWithHint, ownerIsAlive, readIfPresent, readServersState } from '@sluice/process';

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

/** What is lost with the embedded servers: the other processes of this machine that still work with them. '' where there are none. */
export async function losers({ fleet }: Pick<FeedStores, 'fleet'>): Promise<string> {
  const members = await fleet.members();
  const here = members.filter(({ host, pid }) => host === hostname() && existsSync(`/proc/${pid}`));
  if (here.length === 0) return '';
  const names = here.map(({ role, pid }) => `${role} ${pid}`).join(', ');
  return `PostgreSQL and Redis of this start end with it, but are still used by: ${names}. They wait until the servers are back.`;
}
