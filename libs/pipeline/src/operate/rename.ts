import { feedOf } from '@sluice/core';
import { renameFeed } from '@sluice/ledger';
import type { Stores } from '../stores.ts';
import { operator } from './operator.ts';

/**
 * Renames a feed in the ledger. It is refused while a watcher has the feed's YAML, which would register all its files again under the
 * old name, and while chunks of it are staged, because they carry that name.
 */
export async function rename(
  from: string,
  to: string,
  { fleet, staging, sql }: Pick<Stores, 'fleet' | 'staging' | 'sql'>,
): ReturnType<typeof renameFeed> {
  const watcher = (await fleet.members()).find(({ feeds = [] }) =>
    feeds.some(({ feed, declared }) => feed === from && declared),
  );
  if (watcher !== undefined) {
    const where = `the watcher with pid ${watcher.pid} on ${watcher.host}`;
    return { outcome: 'refused', why: `${where} has its YAML: stop it, rename, and start it again` };
  }
  for await (const { chunks } of staging.all()) {
    const staged = chunks.find(({ file }) => feedOf(file) === from);
    if (staged === undefined) continue;
    return {
      outcome: 'refused',
      why: `records of ${JSON.stringify(staged.file)} are staged: run "drain" first`,
    };
  }
  return await renameFeed(sql, from, to, operator());
}
