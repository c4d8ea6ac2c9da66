import { KILL_POINTS, type KillPoint } from '@sluice/process';
import { Random } from './random.ts';

export const FAULT_KINDS = [
  'kill',
  'pause',
  'redis-wipe',
  'redis-restart',
  'pg-restart',
  'pg-terminate',
  'disk-full',
  'reset',
  'clock',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** The app that a fault is for. */
export type Side = 'watcher' | 'worker';
export type Server = 'postgres' | 'redis';
/** What may run out of space. */
export type Disk = Server | 'archive';

/** One fault. `rest` is the pause before it. Times are in milliseconds. */
export type Fault = { readonly rest: number } & (
  | {
      readonly kind: 'kill';
      readonly side: Side;
      /** The process that passes the point for the n-th time dies. Without a point, any process is killed from outside. */
      readonly at: { readonly point: KillPoint; readonly nth: number } | undefined;
    }
  | { readonly kind: 'pause'; readonly side: Side; readonly ms: number }
  | { readonly kind: 'redis-wipe' }
  | { readonly kind: 'redis-restart'; readonly empty: boolean; readonly ms: number }
  | { readonly kind: 'pg-restart'; readonly ms: number }
  | { readonly kind: 'pg-terminate' }
  | { readonly kind: 'disk-full'; readonly disk: Disk; readonly ms: number }
  | { readonly kind: 'reset'; readonly server: Server; readonly inReply: boolean }
  | { readonly kind: 'clock'; readonly backMs: number }
);

/** The faults of one lane come one after another. The three lanes run at the same time. */
export interface Phase {
  readonly cleanSource: 'off' | 'archive';
  readonly watcher: readonly Fault[];
  readonly worker: readonly Fault[];
  readonly servers: readonly Fault[];
}

export interface PlanOptions {
  /** If given, kills happen only at these points, because the planted bug shows there. */
  readonly points?: readonly KillPoint[];
  readonly seed: number;
  readonly kills: number;
  readonly faults: readonly FaultKind[];
}

/** Longer than the lock of a job, so that others take over the work of a paused process before it wakes. */
const PAUSE_MS = [3_000, 5_000] as const;
const ONE_OF = 20;
/** A plan with fewer points than this has no kills from outside. */
const MANY_POINTS = 10;

/** A feed is set aside only when its table does not fit, which no fault of the lab brings about, and only people retry what has failed. */
export const PASSED_POINTS = KILL_POINTS.filter((point) => !/^(aside|retry):/.test(point));

/** Points that are passed only after a crash at `flush:taken`, which leaves an open batch without a job. */
const AFTER_TAKEN: ReadonlySet<KillPoint> = new Set(['flush:before-revive', 'flush:revived']);
/** Points that few files pass, so the first process to pass one dies. */
const RARE =
  /^(clean-up:|discover:(before-(see|gone)|seen|gone)|parse:(before-gone|gone)|flush:(before-revive|revived))/;

/** The apps that pass a point. Points of the clean-up are passed only when clean-up is on. */
function sidesOf(point: KillPoint): readonly [Side, ...Side[]] {
  if (point.startsWith('clean-up:')) return ['watcher', 'worker'];
  return /^(discover|reconcile|queue):/.test(point) ? ['watcher'] : ['worker'];
}

/**
 * Plans the faults in two phases, first without clean-up and then with it. The plan depends only on the options, so the same
 * seed gives the same plan.
 */
export function planOf({ seed, kills, faults, points }: PlanOptions): readonly [Phase, Phase] {
  const random = new Random(seed);
  const first = faults.includes('kill') ? Math.ceil(kills / 2) : 0;
  const second = faults.includes('kill') ? kills - first : 0;
  const all = points ?? PASSED_POINTS;
  const withoutCleanUp = all.filter((point) => !point.startsWith('clean-up:'));
  const others = random.shuffled(
    faults.filter((kind) => kind !== 'kill').flatMap((kind) => times(kind, kills, random)),
  );
  const half = Math.ceil(others.length / 2);
  return [
    phase('off', killsOf(first, withoutCleanUp, random), others.slice(0, half)),
    phase('archive', killsOf(second, all, random), others.slice(half)),
  ];
}

function phase(cleanSource: Phase['cleanSource'], kills: readonly Fault[], others: readonly Fault[]): Phase {
  const all = [...kills, ...others];
  const of = (side: Side) => all.filter((fault) => 'side' in fault && fault.side === side);
  return {
    cleanSource,
    watcher: of('watcher'),
    worker: of('worker'),
    servers: all.filter((fault) => !('side' in fault)),
  };
}

/** Kills at every point once in random order, then again. If there are many points, about every fifth kill comes from outside. */
function killsOf(count: number, points: readonly KillPoint[], random: Random): Fault[] {
  const outside = points.length >= MANY_POINTS ? 0.2 : 0;
  const kills: Fault[] = [];
  let cycle: KillPoint[] = [];
  while (kills.length < count) {
    const rest = random.between(0, 300);
    if (random.next() < outside) {
      kills.push({ kind: 'kill', rest: rest * 4, side: random.pick(['watcher', 'worker']), at: undefined });
      continue;
    }
    if (cycle.length === 0) cycle = random.shuffled(points);
    const point = cycle.shift();
    if (point === undefined) break;
    const side = random.pick(sidesOf(point));
    if (AFTER_TAKEN.has(point))
      kills.push({ kind: 'kill', rest, side, at: { point: 'flush:taken', nth: 1 } });
    const nth = RARE.test(point) ? 1 : random.between(1, 4);
    kills.push({ kind: 'kill', rest: AFTER_TAKEN.has(point) ? 0 : rest, side, at: { point, nth } });
  }
  return kills.slice(0, count);
}

/** Every other kind of fault comes once per ONE_OF kills, and at least once. */
function times(kind: FaultKind, kills: number, random: Random): Fault[] {
  const count = Math.max(1, Math.round(kills / ONE_OF));
  return Array.from({ length: count }, () => other(kind, random));
}

function other(kind: FaultKind, random: Random): Fault {
  const rest = random.between(500, 2_500);
  switch (kind) {
    case 'pause': {
      const side = random.pick(['worker', 'worker', 'watcher'] as const);
      return { kind, rest, side, ms: random.between(...PAUSE_MS) };
    }
    case 'redis-restart':
      return { kind, rest, empty: random.next() < 0.7, ms: random.between(0, 2_000) };
    case 'pg-restart':
      return { kind, rest, ms: random.between(0, 2_000) };
    case 'disk-full': {
      const disk = random.pick(['postgres', 'postgres', 'redis', 'archive'] as const);
      return { kind, rest, disk, ms: random.between(1_500, 4_000) };
    }
    case 'reset':
      return { kind, rest, server: random.pick(['postgres', 'redis']), inReply: random.next() < 0.5 };
    case 'clock':
      return { kind, rest, backMs: random.between(1, 120) * 60_000 };
    case 'pg-terminate':
    case 'redis-wipe':
      return { kind, rest };
    case 'kill':
      return { kind, rest, side: 'worker', at: undefined };
  }
}
