import { z } from 'zod';
import type { Sql } from '../client.ts';
import { execute, runForOne } from '../statements.ts';

/** The files whose detail is dropped together, and the rows that one statement deletes. Both limit how long a step takes. */
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
 * One step of the retention. It drops some of the detail (chunks, rejects, conflicts, commits) of files that were closed more
 * than `retentionMs` milliseconds ago, and audit entries of that age (at least 30 days old for a role that may not delete
 * there). The result is all zeros when nothing is left to do. The ledger still knows what was loaded: it keeps the file's row
 * with its counts and content, and the sums of all commits. Every statement is complete in itself, so a crash or two processes
 * at once do no harm.
 */
export async function dropOldDetail(sql: Sql, retentionMs: number): Promise<Dropped> {
  await execute(sql, 'operate/begin-drop', [retentionMs, FILES]);
  let rows = 0;
  // Chunks are dropped last. While a chunk's claim exists, a late commit of it stops there and inserts no rejects again.
  for (const statement of ['operate/drop-rejects', 'operate/drop-conflicts', 'operate/drop-chunks']) {
    if (rows === 0) rows = await execute(sql, statement, [ROWS]);
  }
  if (rows === 0) rows = (await runForOne(sql, 'operate/drop-audit', audit, [retentionMs, ROWS])).dropped;
  const files = await execute(sql, 'operate/end-drop');
  // This comes last because it searches the remaining old chunks, which is slow while there are many.
  const done = rows === 0 && files === 0;
  const commits = done ? await execute(sql, 'operate/roll-up-commits', [retentionMs, ROWS]) : 0;
  return { files, rows, commits };
}
