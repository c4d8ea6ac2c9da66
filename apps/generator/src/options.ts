import type { Command } from 'commander';
import { z } from 'zod';

const number = (allowed: string, accepts: (value: number) => boolean) =>
  z
    .string()
    .refine((text) => /^\d{1,9}(\.\d{1,9})?$/.test(text) && accepts(Number(text)), {
      error: allowed,
      abort: true,
    })
    .transform(Number);

const rowsAllowed = 'a number or a range such as 50-100, from 1 to 1000000, the smaller first';

const rows = z
  .string()
  .transform((text) => /^(\d{1,7})(?:-(\d{1,7}))?$/.exec(text))
  .transform((parts) => ({ min: Number(parts?.[1]), max: Number(parts?.[2] ?? parts?.[1]) }))
  .refine(({ min, max }) => min >= 1 && min <= max && max <= 1_000_000, { error: rowsAllowed });

const share = number('a share from 0 to 1', (value) => value <= 1);

const schema = z
  .object({
    interval: number(
      'seconds from 0.1 to 86400, or 0',
      (value) => value === 0 || (value >= 0.1 && value <= 86_400),
    ),
    rows,
    files: number('a whole number from 1', (value) => Number.isInteger(value) && value >= 1).optional(),
    seed: number('a whole number from 0 to 999999999', Number.isInteger).optional(),
    duplicates: share,
    malformed: share,
    out: z.string().optional(),
  })
  .refine(({ duplicates, malformed }) => duplicates + malformed <= 1, {
    path: ['duplicates'],
    error: 'at most 1 together with --malformed',
  });

/** The options of the generator. `interval` is in seconds. */
export type GeneratorOptions = z.output<typeof schema>;

/** Adds the generator's options to a command. All values are text. */
export function addGeneratorOptions(command: Command): Command {
  return command
    .option('--interval <seconds>', 'time between two files, from 0.1; 0 is as fast as possible', '2')
    .option('--rows <n|min-max>', 'rows of a file', '50-100')
    .option('--files <n>', 'end after so many files (otherwise endless, until Ctrl-C)')
    .option('--seed <n>', 'the same seed gives the same rows; their time then runs from 2026-01-01')
    .option('--duplicates <share>', 'share of rows that repeat an earlier event exactly', '0.02')
    .option('--malformed <share>', 'share of rows that are broken', '0.01')
    .option('--out <folder>', 'where the files go (default: SOURCE_DIR)');
}

/**
 * Reads the options that {@link addGeneratorOptions} declared.
 *
 * @throws {Error} with one line per mistake: option, what was given, what is allowed
 */
export function readGeneratorOptions(given: Record<string, unknown>): GeneratorOptions {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const lines = result.error.issues.map(({ path, message }) => {
    const name = String(path[0]);
    return `--${name}: got ${JSON.stringify(given[name])}; allowed: ${message}`;
  });
  throw new Error(lines.join('\n'));
}
