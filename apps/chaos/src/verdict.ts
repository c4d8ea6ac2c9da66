import type { KillPoint } from '@sluice/process';
import type { Finding } from './findings.ts';
import type { FaultKind } from './plan.ts';

export interface FaultCount {
  readonly planned: number;
  readonly done: number;
}

/** The result of a run. Times are in seconds. */
export interface Verdict {
  readonly seed: number;
  readonly held: boolean;
  readonly findings: readonly Finding[];
  readonly faults: Readonly<Partial<Record<FaultKind, FaultCount>>>;
  /** Processes that were killed, at points and from outside. */
  readonly killed: number;
  /** How often a process died at each point. */
  readonly points: Readonly<Partial<Record<KillPoint, number>>>;
  /** How many file versions were written, and how many records. */
  readonly versions: number;
  readonly records: number;
  readonly took: number;
  /** From the last fault until no work was left. */
  readonly drainedAfter: number | undefined;
  /** From the death of a worker until another had done its jobs, at default settings. */
  readonly pickedUpAfter: number | undefined;
  readonly skipped: readonly string[];
  /** The folder in which everything is kept after a breach. */
  readonly folder: string | undefined;
}
