import type { Command } from 'commander';
import { type LargeFile, measureLargeFile } from '../large-file.ts';
import { commonOptions, wholeNumber } from '../options.ts';
import { largeFilePage } from '../pages/throughput.ts';
import type { JsonTarget } from '../result.ts';
import { measuring } from './with-servers.ts';

/** Adds `large-file`, which loads one file and looks at the memory of the apps. */
export function addLargeFile(program: Command): void {
  const command = program
    .command('large-file')
    .description('one large file, against raw COPY of its rows, and the memory that it takes')
    .option('--mib <n>', 'size of the file', wholeNumber(1, 100_000), 200)
    .option('--workers <n>', 'worker processes', wholeNumber(1, 64), 2);
  commonOptions(command)
    .addHelpText(
      'after',
      `
A file takes about twelve times its size on the disk, with the tables of the pipeline and of COPY and their logs.

Examples:
  npm run bench -- large-file                    200 MiB: about 2.2 million rows
  npm run bench -- large-file --mib 2048         2 GiB: 25 GiB of disk, and about half an hour`,
    )
    .action(({ json, ...o }: LargeFile & { json?: JsonTarget }) =>
      measuring('large-file', json, (servers) => measureLargeFile(servers, o), largeFilePage),
    );
}
