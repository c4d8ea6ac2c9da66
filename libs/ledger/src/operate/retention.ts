import { z } from 'zod';
import type { Sql } from '../client.ts';
import { execute, runForOne } from '../statements.ts';

/** Files whose detail is dropped together, and rows that one statement deletes: both bound how long it takes. */
const FILES = 500;
const ROWS = 10_000;

/** What one step of the retention dropped. */
export interface Dropped {
  readonly files: number;
  readonly rows: number;
  readonly commits: number;
}

const audit = z.object({ dropped: z.int() });

/**
 * One step of the retention: drops some of the detail (chunks, rejects, conflicts, commits) of files that were closed more
 * than `retentionMs` milliseconds ago, and of the audit of that age (30 days at least for a role that may not delete there). All zero when nothing is left to do. What was loaded stays known: the file's row with
 * its counts and content, and the sums of all commits. Every statement stands alone, so a crash or two processes
 * at once do no harm.
 */
export async function dropOldDetail(sql: Sql, retentionMs: number): Promise<Dropped> {
  await execute(sql, 'operate/begin-drop', [retentionMs, FILES]);
  let rows = 0;
  // The chunks last: while a claim is there, a late commit stops at it, and does not meet the rejects below it.
  for (const statement of ['operate/drop-rejects', 'operate/drop-conflicts', 'operate/drop-chunks']) {
    if (rows === 0) rows = await execute(sql, statement, [ROWS]);
  }
  if (rows === 0) rows = (await runForOne(sql, 'operate/drop-audit', audit, [retentionMs, ROWS])).dropped;
  const files = await execute(sql, 'operate/end-drop');
  // Last: it looks at what is left of the old chunks, which takes its time while there are many.
  const done = rows === 0 && files === 0;
  const commits = done ? await execute(sql, 'operate/roll-up-commits', [retentionMs, ROWS]) : 0;
  return { files, rows, commits };
}
