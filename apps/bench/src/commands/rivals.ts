import { type Command, Option } from 'commander';
import { commonOptions, wholeNumber } from '../options.ts';
import { rivalsPage } from '../pages/rivals.ts';
import type { JsonTarget } from '../result.ts';
import { measureRivals, type RivalLoad } from '../rivals.ts';
import { measuring } from './with-servers.ts';

/** Adds `rivals`, which compares the pipeline with what a user might take instead. */
export function addRivals(program: Command): void {
  const command = program
    .command('rivals')
    .description(
      'a cron script with psql, DuckDB and dlt on the same files, and how many of their rows are right',
    )
    .option('--files <n>', 'files to load', wholeNumber(1, 100_000), 4000)
    .option('--rows <n>', 'records of each file', wholeNumber(1, 1_000_000), 75)
    .option('--workers <n>', 'worker processes', wholeNumber(1, 64), 2)
    .option('--python <program>', 'the Python that has the packages of DuckDB and dlt', 'python3')
    .addOption(
      new Option('--load <kind>', 'what is in the files')
        .choices(['plain', 'duplicates', 'dirty'])
        .default('duplicates'),
    );
  commonOptions(command)
    .addHelpText(
      'after',
      `
A rival that is not installed is named as SKIPPED, with the packages that it needs.

Examples:
  npm run bench -- rivals                            4000 files of 75 rows, 2 % duplicates
  npm run bench -- rivals --load dirty --rounds 1    with 1 % rejects as well: who loads the rest?
  npm run bench -- rivals --python ~/venv/bin/python --json /tmp/rivals.json`,
    )
    .action(({ json, ...load }: RivalLoad & { json?: JsonTarget }) =>
      measuring('rivals', json, (servers) => measureRivals(servers, load), rivalsPage),
    );
}
