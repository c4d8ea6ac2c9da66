import type { Command } from 'commander';
import { wholeNumber } from '../options.ts';
import { startPage } from '../pages/start.ts';
import { groundOf, type JsonTarget, tell } from '../result.ts';
import { measureStart } from '../start.ts';

/** Adds `start`, which measures how long a user waits for the first sign of life. */
export function addStart(program: Command): void {
  program
    .command('start')
    .description('from "npm start" to its banner, and how long "status" takes')
    .option('--rounds <n>', 'so often; the medians are reported', wholeNumber(1, 99), 3)
    .option('--json [file]', 'the result as JSON, on stdout or into a file')
    .addHelpText(
      'after',
      `
The first start makes the servers' data and is not counted.

Examples:
  npm run bench -- start
  npm run bench -- start --rounds 5 --json /tmp/start.json`,
    )
    .action(async ({ rounds, json }: { rounds: number; json?: JsonTarget }) => {
      const start = await measureStart(rounds);
      tell(json, groundOf(), { start }, startPage(start));
    });
}
