import { type Command, InvalidArgumentError } from 'commander';

/** A parser for whole numbers of an option. */
export const wholeNumber = (least: number, most: number) => (text: string) => {
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= least && value <= most) return value;
  throw new InvalidArgumentError(`allowed: a whole number from ${least} to ${most}`);
};

/** A parser for a list of whole numbers, such as `1,10,100`. */
export const wholeNumbers = (least: number, most: number) => (text: string) =>
  text.split(',').map(wholeNumber(least, most));

/** The options that most yardsticks have. */
export function commonOptions(command: Command): Command {
  return command
    .option('--rounds <n>', 'so often; the medians are reported', wholeNumber(1, 99), 3)
    .option('--seed <n>', 'the same seed gives the same rows', wholeNumber(0, 999_999_998), 1)
    .option('--json [file]', 'the result as JSON, on stdout or into a file');
}
