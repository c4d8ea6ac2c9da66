import { median } from './figures.ts';
import type { Env } from './fleet.ts';
import { type InLedger, measureLedger } from './many-files/in-ledger.ts';
import { type Lying, measureLying } from './many-files/lying.ts';
import type { Servers } from './servers.ts';

/** The sizes that are measured. */
export interface Counts {
  /** Files in the ledger. */
  readonly ledger: readonly number[];
  /** Files that are dropped at once, and then lie in the folder. */
  readonly lying: readonly number[];
  /** Files that are loaded with a full ledger, to know what one costs. */
  readonly more: number;
  readonly workers: number;
  readonly rounds: number;
  readonly seed: number;
}

export interface ManyFiles {
  readonly workers: number;
  readonly more: number;
  readonly ledger: readonly InLedger[];
  readonly lying: readonly Lying[];
}

/** Files are read at once and committed soon, so that waits do not hide what the number of files costs. */
export const SETTINGS: Env = { STABLE_FOR: '0ms', FLUSH_INTERVAL: '250ms' };

/** Measures what files cost where there are many: in the ledger, and in the folder. */
export async function measureManyFiles(servers: Servers, counts: Counts): Promise<ManyFiles> {
  const ledger: InLedger[] = [];
  for (const files of counts.ledger) ledger.push(await measureLedger(servers, counts, files));
  const lying: Lying[] = [];
  for (const files of counts.lying) lying.push(await measureLying(servers, counts, files));
  return { workers: counts.workers, more: counts.more, ledger, lying };
}

/** The middle of the rounds, and between which values they lie: the noise. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}
