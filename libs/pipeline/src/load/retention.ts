import { dropOldAudit, dropOldDetail, dropOldProcesses, ledgerFeeds } from '@sluice/ledger';
import type { Stores } from '../stores.ts';

/** The retention shares its queue with the flush, so it stops in time for the next tick and continues after it. */
const AT_ONCE_MS = 2_000;

export interface Retained {
  readonly files: number;
  readonly rows: number;
  readonly commits: number;
  /** There is more to drop. */
  readonly more: boolean;
}

/** How long the detail of a feed is kept, in ms; undefined: without end. RETENTION holds where this process has no YAML of it. */
function retentionOf(feed: string, { config, feeds }: Pick<Stores, 'config' | 'feeds'>): number | undefined {
  const declaration = feeds.declared(feed);
  return declaration === undefined ? config.retention : declaration.retention;
}

/** The shortest retention of all feeds; undefined when everything is kept. */
export function shortestRetention({ config, feeds }: Pick<Stores, 'config' | 'feeds'>): number | undefined {
  const all = [config.retention, ...feeds.list().map(({ name }) => feeds.declared(name)?.retention)];
  const some = all.filter((one) => one !== undefined);
  return some.length === 0 ? undefined : Math.min(...some);
}

/**
 * Drops the ledger's detail of files that were closed longer ago than the retention of their feed, and entries of the audit that
 * are older than RETENTION, and processes that were last there before that. It works for about 2 s. Without a retention everything is kept. It may run any number of times, in any
 * number of processes.
 */
export async function retain(stores: Pick<Stores, 'config' | 'feeds' | 'sql' | 'log'>): Promise<Retained> {
  const { config, sql, log } = stores;
  const names = (await ledgerFeeds(sql)).map(({ feed }) => feed);
  const sum = { files: 0, rows: 0, commits: 0 };
  const began = performance.now();
  let more = true;
  while (more && performance.now() - began < AT_ONCE_MS) {
    more = false;
    for (const feed of names) {
      const retention = retentionOf(feed, stores);
      if (retention === undefined) continue;
      const dropped = await dropOldDetail(sql, feed, retention);
      sum.files += dropped.files;
      sum.rows += dropped.rows;
      sum.commits += dropped.commits;
      more ||= dropped.files + dropped.rows + dropped.commits > 0;
    }
    const entries = config.retention === undefined ? 0 : await dropOldAudit(sql, config.retention);
    const ended = config.retention === undefined ? 0 : await dropOldProcesses(sql, config.retention);
    sum.rows += entries + ended;
    more ||= entries > 0;
  }
  if (sum.files + sum.commits > 0) log.info(sum, 'dropped detail past its retention');
  return { ...sum, more };
}
