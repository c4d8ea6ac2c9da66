import { FIRST_FEED } from '@sluice/core';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { tryAgainAtOnce } from '../failure.ts';
import { execute, inTransaction, runForOne } from '../statements.ts';

const standing = z.object({
  known: z.boolean(),
  taken: z.boolean(),
  open: z.int(),
  first: z.string().nullable(),
});

/** How a rename ended: how many versions have another name now, or why nothing was changed. */
type Renamed =
  | { readonly outcome: 'renamed'; readonly files: number }
  | { readonly outcome: 'refused'; readonly why: string };

/**
 * Renames a feed in the ledger: the names of its files, its commits and counts, and its contracts, all or nothing. It is refused
 * while versions of it are open, because jobs and staged chunks carry their names. The audit keeps the old name.
 */
export async function renameFeed(sql: Sql, from: string, to: string, who: string): Promise<Renamed> {
  if (from === FIRST_FEED || to === FIRST_FEED) {
    const why = `files of the feed ${FIRST_FEED} have names without a feed, and settings of their own`;
    return { outcome: 'refused', why };
  }
  if (!/^[a-z][a-z0-9_]*$/.test(to))
    return {
      outcome: 'refused',
      why: `${JSON.stringify(to)} is no name of a feed: allowed are a-z, 0-9 and _`,
    };
  return await tryAgainAtOnce(() => rename(sql, from, to, who));
}

async function rename(sql: Sql, from: string, to: string, who: string): Promise<Renamed> {
  return await inTransaction(sql, async (session) => {
    await session.unsafe('SET LOCAL statement_timeout = 0');
    for (const feed of [from, to].sort()) await execute(session, 'feeds/lock', [feed]);
    await execute(session, 'operate/lock-files');
    const { known, taken, open, first } = await runForOne(session, 'operate/rename-standing', standing, [
      from,
      to,
    ]);
    if (!known) return { outcome: 'refused', why: `the ledger knows no feed ${JSON.stringify(from)}` };
    if (taken) return { outcome: 'refused', why: `there is a feed ${JSON.stringify(to)} already` };
    if (open > 0)
      return {
        outcome: 'refused',
        why: `${open} of its files are still to be loaded, such as ${JSON.stringify(first)}`,
      };
    const files = await execute(session, 'operate/rename-files', [from, to]);
    for (const table of ['commits', 'counts', 'contracts', 'feed'])
      await execute(session, `operate/rename-${table}`, [from, to]);
    const detail = JSON.stringify({ feed: to, from, files });
    await execute(session, 'operate/write-audit', ['rename', to, detail, who]);
    return { outcome: 'renamed', files };
  });
}
