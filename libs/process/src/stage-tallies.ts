/** A step of the work that a process does, named as in `sluice_stage_...` of its metrics. */
export type Stage = 'scan' | 'parse' | 'flush' | 'insert';

/** The bounds of the buckets of durations, in seconds. Longer ones have a bucket of their own. */
export const DURATION_BOUNDS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
] as const;

/** What a stage has done since the process began. Each bucket of durations has a count of its own. */
export interface Tally {
  files: number;
  bytes: number;
  records: number;
  rows: number;
  seconds: number;
  readonly durations: number[];
}

const noTally = (): Tally => {
  const durations = Array.from({ length: DURATION_BOUNDS.length + 1 }, () => 0);
  return { files: 0, bytes: 0, records: 0, rows: 0, seconds: 0, durations };
};

/** Of this process. Plain numbers, because they are kept whether or not somebody asks for metrics. */
export const tallies: Readonly<Record<Stage, Tally>> = {
  scan: noTally(),
  parse: noTally(),
  flush: noTally(),
  insert: noTally(),
};

/** Counts what a stage has done. */
export function counted(
  stage: Stage,
  done: Partial<Pick<Tally, 'files' | 'bytes' | 'records' | 'rows'>>,
): void {
  const sums = tallies[stage];
  sums.files += done.files ?? 0;
  sums.bytes += done.bytes ?? 0;
  sums.records += done.records ?? 0;
  sums.rows += done.rows ?? 0;
}

/**
 * Counts how long a piece of work took, which ends now.
 *
 * @param began by `performance.now()`
 */
export function took(stage: Stage, began: number): void {
  const { durations } = tallies[stage];
  const seconds = (performance.now() - began) / 1000;
  const over = DURATION_BOUNDS.findIndex((bound) => seconds <= bound);
  const bucket = over === -1 ? DURATION_BOUNDS.length : over;
  durations[bucket] = (durations[bucket] ?? 0) + 1;
  tallies[stage].seconds += seconds;
}
