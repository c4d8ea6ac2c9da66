import type { KillPoint } from '@sluice/process';
import type { Finding } from './findings.ts';
import type { FaultKind } from './plan.ts';

export interface FaultCount {
  readonly planned: number;
  readonly done: number;
}

/** What came of a run. Times in seconds. */
export interface Verdict {
  readonly seed: number;
  readonly held: boolean;
  readonly findings: readonly Finding[];
  readonly faults: Readonly<Partial<Record<FaultKind, FaultCount>>>;
  /** Processes that were killed, at points and from outside. */
  readonly killed: number;
  /** How often a process died at each point. */
  readonly points: Readonly<Partial<Record<KillPoint, number>>>;
  /** File versions that were written, and their records. */
  readonly versions: number;
  readonly records: number;
  readonly took: number;
  /** From the last fault until nothing was left to do. */
  readonly drainedAfter: number | undefined;
  /** From the death of a worker until its jobs were done by another, at default settings. */
  readonly pickedUpAfter: number | undefined;
  readonly skipped: readonly string[];
  /** Where everything was kept, after a breach. */
  readonly folder: string | undefined;
}
