import type { Command } from 'commander';
import { type Counts, measureManyFiles } from '../many-files.ts';
import { commonOptions, wholeNumber, wholeNumbers } from '../options.ts';
import { manyFilesPage } from '../pages/many-files.ts';
import type { JsonTarget } from '../result.ts';
import { measuring } from './with-servers.ts';

/** Adds `many-files`, which measures what files cost where there are many. */
export function addManyFiles(program: Command): void {
  const command = program
    .command('many-files')
    .description(
      'what one more file costs with many in the ledger, and many files dropped at once and lying in the folder',
    )
    .option(
      '--ledger <list>',
      'files in the ledger',
      wholeNumbers(1, 10_000_000),
      [1_000, 100_000, 1_000_000],
    )
    .option('--lying <list>', 'files in the folder', wholeNumbers(1, 1_000_000), [1_000, 10_000, 100_000])
    .option('--more <n>', 'files that each round loads with a full ledger', wholeNumber(1, 100_000), 1000)
    .option('--workers <n>', 'worker processes', wholeNumber(1, 64), 2);
  commonOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  npm run bench -- many-files                                           all sizes: about an hour
  npm run bench -- many-files --ledger 1000,100000 --lying 1000,10000   some minutes`,
    )
    .action(({ json, ...counts }: Counts & { json?: JsonTarget }) =>
      measuring('many-files', json, (servers) => measureManyFiles(servers, counts), manyFilesPage),
    );
}
