/**
 * Places between two durable steps, where a process may die. Each is named `stage:step`. A point whose step begins with
 * `before-` is right before a write, the others are right after one. The crash lab (`npm run chaos`) kills processes there.
 */
export const KILL_POINTS = [
  'discover:before-recognise',
  'discover:recognised',
  'discover:before-see',
  'discover:seen',
  'discover:before-register',
  'discover:registered',
  'discover:before-gone',
  'discover:gone',
  'discover:before-tidy',
  'discover:tidied',
  'reconcile:before-sweep',
  'reconcile:swept',
  'reconcile:before-repair',
  'reconcile:repaired',
  'queue:begun',
  'queue:before-remove',
  'queue:removed',
  'queue:added',
  'parse:opened',
  'parse:before-gone',
  'parse:gone',
  'parse:before-stage',
  'parse:staged',
  'parse:finished',
  'flush:before-take',
  'flush:taken',
  'flush:added',
  'flush:before-revive',
  'flush:revived',
  'flush:before-note',
  'flush:noted',
  'commit:loaded',
  'commit:copied',
  'commit:in-transaction',
  'commit:committed',
  'aside:before-note',
  'aside:noted',
  'aside:dropped',
  'settle:before-drop',
  'settle:dropped',
  'settle:cleaned',
  'settle:remembered',
  'clean-up:before-hide',
  'clean-up:hidden',
  'clean-up:before-place',
  'clean-up:placed',
  'clean-up:removed',
  'retry:noted',
] as const;

export type KillPoint = (typeof KILL_POINTS)[number];

type Hear = (point: KillPoint) => void;

/** A built program has a module of this file of its own. What is loaded before it reaches it here. */
const HEAR = Symbol.for('sluice.kill-point');
const shared: typeof globalThis & { [HEAR]?: Hear } = globalThis;

/** Passes a kill point. Nothing happens unless {@link onKillPoint} was called in this process. */
export function killPoint(point: KillPoint): void {
  shared[HEAR]?.(point);
}

/** Whether {@link onKillPoint} was called in this process. */
export const hearsKillPoints = (): boolean => shared[HEAR] !== undefined;

/** Sets the function that is called at each kill point. Only code can do this: no setting, file or job switches it on (I10). */
export function onKillPoint(heard: Hear): void {
  shared[HEAR] = heard;
}
