import { type Command, InvalidArgumentError } from 'commander';
import { SHAPES } from './feeds/shapes.ts';
import { FAULT_KINDS, type FaultKind } from './plan.ts';

/** The options of a run. */
export interface ChaosOptions {
  readonly seed: number;
  readonly kills: number;
  readonly faults: readonly FaultKind[];
  readonly files: number;
  /** The average number of records in a file. */
  readonly rows: number;
  /** How many feeds there are: the events, and others. */
  readonly feeds: number;
  /** Faults end after this many minutes, even if the plan has more. */
  readonly minutes?: number | undefined;
}

export const wholeNumber = (least: number, most: number) => (text: string) => {
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= least && value <= most) return value;
  throw new InvalidArgumentError(`allowed: a whole number from ${least} to ${most}`);
};

function isFaultKind(text: string): text is FaultKind {
  return FAULT_KINDS.some((kind) => kind === text);
}

function faultKinds(text: string): FaultKind[] {
  const kinds = text.split(',');
  const unknown = kinds.find((kind) => !isFaultKind(kind));
  if (unknown === undefined) return [...new Set(kinds.filter(isFaultKind))];
  throw new InvalidArgumentError(`${JSON.stringify(unknown)}; allowed: ${FAULT_KINDS.join(',')}`);
}

/** Adds the options of a run to a command. */
export function addChaosOptions(command: Command, randomSeed: number): Command {
  return command
    .option('--seed <n>', 'the same seed gives the same plan', wholeNumber(0, 999_999_990), randomSeed)
    .option(
      '--kills <n>',
      'processes to kill; each other fault comes once for 20 of them',
      wholeNumber(1, 100_000),
      40,
    )
    .option('--faults <list>', `of ${FAULT_KINDS.join(',')}`, faultKinds, [...FAULT_KINDS])
    .option(
      '--files <n>',
      'files that come in the course of it, besides small ones',
      wholeNumber(1, 1_000_000),
      100,
    )
    .option('--rows <n>', 'rows of each file, on average', wholeNumber(2, 1_000_000), 200)
    .option(
      '--feeds <n>',
      `feeds at once, at most ${SHAPES.length + 1}: the events, and others of other formats, modes and tables`,
      wholeNumber(1, SHAPES.length + 1),
      2,
    )
    .option('--minutes <n>', 'no more faults after so many minutes', wholeNumber(1, 10_000));
}
