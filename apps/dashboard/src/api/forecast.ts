import type { forecast } from '@sluice/ledger';
import type { HealthFacts } from '@sluice/pipeline';
import type { z } from 'zod';
import type { failedWork } from './failed-jobs.ts';
import { iso } from './route.ts';
import type { overview } from './schemas.ts';

type Told = NonNullable<z.infer<typeof overview>['forecast']>;

/** What a forecast is made of. */
export interface Ahead {
  /** The open files of feeds that are not set aside, and the pace. */
  readonly ledger: Awaited<ReturnType<typeof forecast>>;
  readonly backlog: Pick<
    HealthFacts['backlog'],
    'openFiles' | 'parses' | 'inserts' | 'waitingRecords' | 'lastFlush'
  >;
  readonly failed: Awaited<ReturnType<typeof failedWork>>;
  readonly workers: number;
  readonly paused: readonly string[];
  readonly config: { readonly flushInterval: number; readonly flushWhenIdle: number | undefined };
}

/** A last insert takes about this long. */
const INSERT_MS = 1_000;

/** When what is there now is loaded, or why that is not known. What waits for a person has no time. */
export function forecastOf(ahead: Ahead, now = Date.now()): Told {
  const { ledger, backlog, failed, workers } = ahead;
  // The records of failed batches are read, but stay where they are.
  const remaining = ledger.remaining === null ? null : Math.max(0, ledger.remaining - failed.records);
  const known = { workers, recordsPerSecond: ledger.recordsPerSecond, remainingRecords: remaining };
  const none = (state: Told['state'], why: string): Told => ({ ...known, state, clearsAt: null, why });
  const unread = backlog.parses > 0 || ledger.files > failed.openFiles;
  const moves = unread || backlog.inserts > 0 || backlog.waitingRecords > 0;
  if (!moves) return none(...restOf(ahead));
  if (workers === 0) return none('stopped', 'no worker runs');
  if (ahead.paused.length > 0)
    return none('stopped', `somebody paused the queues ${ahead.paused.join(', ')}`);
  const pace = ledger.recordsPerSecond;
  const takes = remaining === null || !pace ? null : (remaining / pace) * 1000;
  const flushed = backlog.waitingRecords > 0 ? nextFlush(ahead, now) : now;
  const at = (ms: number, why: string): Told => ({
    ...known,
    state: 'clears',
    clearsAt: iso(new Date(ms)),
    why,
  });
  if (unread || backlog.inserts > 1) {
    if (takes === null) return none('unknown', 'nothing was committed lately, so the pace is not known');
    // The last of it is inserted after the next flush at the earliest.
    return at(
      Math.max(now + takes, flushed) + INSERT_MS,
      'what is there now, at the pace of the last minutes',
    );
  }
  const why = backlog.waitingRecords > 0 ? 'the next flush takes it' : 'the last batch is being inserted';
  return at(flushed + INSERT_MS, `all is read, and ${why}`);
}

/** Nothing moves: nothing is left, or what is left waits for a person. */
function restOf({ backlog, failed }: Ahead): [Told['state'], string] {
  if (failed.batches > 0)
    return ['stopped', 'only failed batches are left, which wait until somebody retries them'];
  if (backlog.openFiles > 0) return ['stopped', 'only files of feeds that are set aside are left'];
  return ['nothing', 'nothing waits'];
}

/** When the next flush takes what is staged. */
function nextFlush({ backlog, config }: Ahead, now: number): number {
  const due = (backlog.lastFlush?.getTime() ?? now) + config.flushInterval;
  const idle = now + (config.flushWhenIdle ?? Number.POSITIVE_INFINITY);
  return Math.min(Math.max(due, now), idle);
}
