import type { Command } from 'commander';
import { FILE_ROWS, type Landing, measureLatency } from '../latency.ts';
import { commonOptions, wholeNumber, wholeNumbers } from '../options.ts';
import { latencyPage } from '../pages/latency.ts';
import type { JsonTarget } from '../result.ts';
import { measuring } from './with-servers.ts';

/** Adds `latency`, which measures the time from the folder to the commit. */
export function addLatency(program: Command): void {
  const command = program
    .command('latency')
    .description('how long a row takes from the folder to its commit, at steady rates and in a burst')
    .option(
      '--rates <list>',
      'rows/s, one after the other',
      wholeNumbers(FILE_ROWS, 1_000_000),
      [2_000, 25_000],
    )
    .option('--seconds <n>', 'for how long files land that are measured', wholeNumber(1, 3600), 20)
    .option(
      '--burst-files <n>',
      `files of ${FILE_ROWS} rows that land at once`,
      wholeNumber(1, 100_000),
      1000,
    )
    .option('--workers <n>', 'worker processes', wholeNumber(1, 64), 2);
  commonOptions(command)
    .addHelpText(
      'after',
      `
Each rate is measured with the default settings, and with FLUSH_INTERVAL=250ms STABLE_FOR=100ms. Other settings are taken from the
environment.

Examples:
  npm run bench -- latency
  npm run bench -- latency --rates 2000 --seconds 5 --rounds 1`,
    )
    .action(({ json, ...landing }: Landing & { json?: JsonTarget }) =>
      measuring('latency', json, (servers) => measureLatency(servers, landing), latencyPage, {
        commitTimes: true,
      }),
    );
}
