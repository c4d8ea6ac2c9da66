import { z } from 'zod';
import type { Sql } from './client.ts';
import { execute, run, runForOne } from './statements.ts';

const begun = z.object({ processNo: z.int() });

const process = z.object({
  processNo: z.int(),
  /** That of its heartbeats. */
  id: z.string(),
  role: z.string(),
  host: z.string(),
  startedAt: z.date(),
  seenAt: z.date(),
  ended: z.boolean(),
  /** It stands for a silent one, which has ended since. */
  standsFor: z.boolean(),
  /** For how long nothing was heard of it, by PostgreSQL's clock. */
  silentMs: z.number(),
});

/** A watcher or a worker that ran or runs. */
export type LedgerProcess = Readonly<z.output<typeof process>>;

/**
 * Notes that a process has begun, and returns its number. If one of its host and role went silent, it stands for that one, which is
 * missed no more.
 */
export async function noteBegin(
  sql: Sql,
  { id, role, host }: Pick<LedgerProcess, 'id' | 'role' | 'host'>,
  silentAfterMs: number,
): Promise<number> {
  return (await runForOne(sql, 'processes/begin', begun, [id, role, host, silentAfterMs])).processNo;
}

/** Notes that a process is there. */
export async function noteBeat(sql: Sql, processNo: number): Promise<void> {
  await execute(sql, 'processes/beat', [processNo]);
}

/** Notes that a process ends in order. */
export async function noteEnd(sql: Sql, processNo: number): Promise<void> {
  await execute(sql, 'processes/end', [processNo]);
}

const AT_MOST = 1_000;

/** The processes that have not ended, and those that may stand for silent ones of them. */
export async function knownProcesses(sql: Sql): Promise<LedgerProcess[]> {
  return await run(sql, 'processes/known', process, [AT_MOST]);
}

const last = z.object({ processNo: z.int().nullable() });

/** The number of the latest watcher; null when there was none. */
export async function latestWatcher(sql: Sql): Promise<number | null> {
  return (await runForOne(sql, 'processes/latest-watcher', last)).processNo;
}

const dropped = z.object({ dropped: z.int() });

/** Drops processes of longer ago than this, and acknowledgements of that age that are not about files. Returns how many. */
export async function dropOldProcesses(sql: Sql, retentionMs: number): Promise<number> {
  return (await runForOne(sql, 'processes/drop', dropped, [retentionMs])).dropped;
}
