import { knownProcesses, type LedgerProcess, latestWatcher } from '@sluice/ledger';
import { type FleetMember, SILENT_MS } from '@sluice/staging';
import type { Stores } from '../stores.ts';
import { type HealthReason, reason } from './reasons.ts';

/** What the ledger and the heartbeats say of watchers and workers. */
export interface ProcessFacts {
  /** Those that went silent without ending, and for which no other one stands. */
  readonly missed: readonly LedgerProcess[];
  /** Whether a watcher runs. */
  readonly watcher: boolean;
  /** The number of the latest watcher; null when there was none. */
  readonly latestWatcher: number | null;
}

export async function readProcesses(
  { sql, fleet }: Pick<Stores, 'sql' | 'fleet'>,
  members: readonly FleetMember[],
): Promise<ProcessFacts> {
  const [all, latest, ends] = await Promise.all([knownProcesses(sql), latestWatcher(sql), fleet.ends()]);
  const known = all.map((one) => (ends.has(one.processNo) ? { ...one, ended: true } : one));
  const ids = new Set(members.map(({ id }) => id));
  const there = (one: LedgerProcess) => !one.ended && (ids.has(one.id) || one.silentMs <= SILENT_MS);
  return {
    missed: missedOf(known, there),
    watcher:
      members.some(({ role }) => role === 'watcher') ||
      known.some((one) => one.role === 'watcher' && there(one)),
    latestWatcher: latest,
  };
}

/**
 * Which processes are missed. A process is silent only when both Redis and PostgreSQL have heard nothing of it, so that an outage of one
 * of them makes none silent. One that began on the same host in the same role after the last word of a silent one stands for it, each
 * for one.
 *
 * @internal Exported for its test.
 */
export function missedOf(
  known: readonly LedgerProcess[],
  there: (process: LedgerProcess) => boolean,
): LedgerProcess[] {
  const silent = known.filter((one) => !one.ended && !there(one));
  const free = known
    .filter(({ standsFor }) => !standsFor)
    .sort((a, b) => a.startedAt.getTime() - b.startedAt.getTime());
  return silent
    .toSorted((a, b) => a.seenAt.getTime() - b.seenAt.getTime())
    .filter(({ role, host, seenAt }) => {
      const at = free.findIndex((one) => one.role === role && one.host === host && one.startedAt > seenAt);
      if (at >= 0) free.splice(at, 1);
      return at < 0;
    });
}

const TOLD_AT_MOST = 10;

export function processReasons({ missed }: ProcessFacts): HealthReason[] {
  const told = missed.slice(-TOLD_AT_MOST).map(({ id, seenAt, processNo }) =>
    reason({
      code: 'process_missed',
      subject: id,
      version: String(processNo),
      text: `${id} went silent at ${seenAt.toISOString().slice(0, 19).replace('T', ' ')} UTC without ending in order`,
      todo: 'look into its log and start it again, or acknowledge that it stays away',
    }),
  );
  const rest = missed.length - told.length;
  if (rest === 0) return told;
  const more = { text: `${rest} more processes went silent`, todo: 'look into their logs' };
  return [...told, reason({ code: 'process_missed', subject: '', ...more })];
}
