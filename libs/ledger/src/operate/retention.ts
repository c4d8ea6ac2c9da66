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
 * One step of the retention of a feed. It drops some of the detail (chunks, rejects, conflicts, commits) of its files that were
 * closed more than `retentionMs` milliseconds ago. The result is all zeros when nothing is left to do. The ledger still knows what
 * was loaded: it keeps the file's row with its counts and content, and the sums of all commits. Every statement is complete in
 * itself, so a crash or two processes at once do no harm.
 */
export async function dropOldDetail(sql: Sql, feed: string, retentionMs: number): Promise<Dropped> {
  await execute(sql, 'operate/begin-drop', [retentionMs, FILES, feed]);
  let rows = 0;
  // Chunks are dropped last. While a chunk's claim exists, a late commit of it stops there and inserts no rejects again.
  for (const statement of ['operate/drop-rejects', 'operate/drop-conflicts', 'operate/drop-chunks']) {
    if (rows === 0) rows = await execute(sql, statement, [ROWS]);
  }
  const files = await execute(sql, 'operate/end-drop');
  // This comes last because it searches the remaining old chunks, which is slow while there are many.
  const done = rows === 0 && files === 0;
  const commits = done ? await execute(sql, 'operate/roll-up-commits', [retentionMs, ROWS, feed]) : 0;
  return { files, rows, commits };
}

/**
 * Drops some of the entries of the audit that are older than `retentionMs` milliseconds (at least 30 days for a role that may not
 * delete there). Returns how many.
 */
export async function dropOldAudit(sql: Sql, retentionMs: number): Promise<number> {
  return (await runForOne(sql, 'operate/drop-audit', audit, [retentionMs, ROWS])).dropped;
}
