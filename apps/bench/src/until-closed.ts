import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from '@sluice/ledger';
import type { Fleet } from './fleet.ts';
import { mustGoOn, type Servers } from './servers.ts';

const LOOK_EVERY_MS = 20;
const STUCK_AFTER_MS = 60_000;

/**
 * Waits until the ledger has closed so many files. A look counts only the files that are open, by their index, and those that were
 * registered, by the end of another, so that it stays cheap with a million files.
 * @throws when an app ends, or nothing goes on for a minute
 */
export async function untilClosed(servers: Servers, sql: Sql, fleet: Fleet, files: number): Promise<void> {
  let before = '';
  for (let movedAt = performance.now(); ; await delay(LOOK_EVERY_MS)) {
    mustGoOn(servers);
    fleet.mustRun();
    const [now] = await sql<{ last: number; commits: number; open: boolean }[]>`
      SELECT (SELECT coalesce(max(file_no), 0) FROM sluice_files) AS last,
             (SELECT coalesce(max(commit_no), 0) FROM sluice_commits) AS commits,
             EXISTS (SELECT FROM sluice_files WHERE closed_at IS NULL AND gone_at IS NULL) AS open`;
    if (now && !now.open && now.last >= files && (await closedFiles(sql)) >= files) return;
    const seen = JSON.stringify(now);
    if (seen !== before) movedAt = performance.now();
    else if (performance.now() - movedAt > STUCK_AFTER_MS)
      throw new Error(
        `stuck at ${await closedFiles(sql)} of ${files} files; the apps wrote:\n${fleet.output}`,
      );
    before = seen;
  }
}

async function closedFiles(sql: Sql): Promise<number> {
  const [row] = await sql<
    { n: number }[]
  >`SELECT count(*) AS n FROM sluice_files WHERE closed_at IS NOT NULL`;
  return row?.n ?? 0;
}
