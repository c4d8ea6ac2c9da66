import type { Contract } from '@sluice/core';
import type { FoundColumn, TableFacts } from './facts.ts';

/** Why a feed cannot fill its table (`refused`), or what a person should know about it (`warning`). */
export interface Misfit {
  readonly severity: 'refused' | 'warning';
  /** Names the kind of misfit, for programs. */
  readonly code: string;
  readonly text: string;
  /** What to do. */
  readonly hint: string;
}

/** What is compared. */
export interface Fitting {
  readonly contract: Contract;
  readonly facts: TableFacts;
  /** The columns of the table by name. */
  readonly columns: ReadonlyMap<string, FoundColumn>;
}

/** A misfit that keeps the feed from filling the table. */
export function refused(code: string, text: string, hint: string): Misfit {
  return { severity: 'refused', code, text, hint };
}

/** A misfit that the feed can live with. */
export function warning(code: string, text: string, hint: string): Misfit {
  return { severity: 'warning', code, text, hint };
}
