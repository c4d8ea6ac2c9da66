import { dropOldAudit, dropOldDetail } from '@sluice/ledger';
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

/**
 * Drops the ledger's detail of files that were closed longer than RETENTION ago, and entries of the audit of that age. It works for about 2 s. Without RETENTION
 * everything is kept. It may run any number of times, in any number of processes.
 */
export async function retain({
  config,
  sql,
  log,
}: Pick<Stores, 'config' | 'sql' | 'log'>): Promise<Retained> {
  const sum = { files: 0, rows: 0, commits: 0 };
  const began = performance.now();
  let more = config.retention !== undefined;
  while (config.retention !== undefined && more && performance.now() - began < AT_ONCE_MS) {
    const dropped = await dropOldDetail(sql, 'events', config.retention);
    const entries = await dropOldAudit(sql, config.retention);
    sum.files += dropped.files;
    sum.rows += dropped.rows + entries;
    sum.commits += dropped.commits;
    more = dropped.files + dropped.rows + dropped.commits + entries > 0;
  }
  if (sum.files + sum.commits > 0) log.info(sum, 'dropped detail past its retention');
  return { ...sum, more };
}
