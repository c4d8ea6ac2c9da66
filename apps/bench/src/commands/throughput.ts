import { type Command, Option } from 'commander';
import { KINDS } from '../loads/kinds.ts';
import { commonOptions, wholeNumber } from '../options.ts';
import { throughputPage } from '../pages/throughput.ts';
import type { JsonTarget } from '../result.ts';
import { type Load, measureThroughput } from '../throughput.ts';
import { measuring } from './with-servers.ts';

/** Adds `throughput`, which compares the pipeline with raw COPY of the same rows. */
export function addThroughput(program: Command): void {
  const command = program
    .command('throughput')
    .description('records/s from drop to commit, against raw COPY of the same rows on the same server')
    .option('--files <n>', 'files to load', wholeNumber(1, 1_000_000), 200)
    .option('--rows <n>', 'records of each file', wholeNumber(1, 1_000_000), 1000)
    .option('--workers <n>', 'worker processes', wholeNumber(1, 64), 2)
    .addOption(
      new Option('--load <kind>', 'what is in the files').choices(Object.keys(KINDS)).default('plain'),
    );
  commonOptions(command)
    .addHelpText(
      'after',
      `
The ratio is the figure that counts: it depends the least on the machine. Of the kinds of files,
${Object.entries(KINDS)
  .map(([name, { what }]) => `  ${name.padEnd(12)}${what}`)
  .join('\n')}
The pipeline's settings are taken from the environment, but FLUSH_INTERVAL is 1s unless it is set.
Exit code 1 when a row is wrong: then the run is void.

Examples:
  npm run bench -- throughput                                      200 files of 1000 rows, two workers
  npm run bench -- throughput --files 4000 --rows 75 --load dirty
  npm run bench -- throughput --files 1000 --rows 200 --load german --workers 4
  WORKER_CONCURRENCY=8 npm run bench -- throughput --rounds 5 --json /tmp/result.json`,
    )
    .action(({ json, ...load }: Load & { json?: JsonTarget }) =>
      measuring('throughput', json, (servers) => measureThroughput(servers, load), throughputPage),
    );
}
