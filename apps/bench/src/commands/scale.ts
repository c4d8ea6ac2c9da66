import type { Command } from 'commander';
import { commonOptions, wholeNumber, wholeNumbers } from '../options.ts';
import { scalePage } from '../pages/scale.ts';
import type { JsonTarget } from '../result.ts';
import { measureScale, type Scaling } from '../scale.ts';
import { measuring } from './with-servers.ts';

/** Adds `scale`, which measures whether more workers load more, and what an idle fleet costs. */
export function addScale(program: Command): void {
  const command = program
    .command('scale')
    .description(
      '1, 2 and 4 workers whose commits wait for the server, and the CPU of a fleet with nothing to do',
    )
    .option(
      '--workers <list>',
      'worker processes, one number after the other',
      wholeNumbers(1, 64),
      [1, 2, 4],
    )
    .option('--wait <ms>', 'how long each commit waits', wholeNumber(1, 10_000), 2000)
    .option(
      '--commits <n>',
      'transactions of 5000 rows that each worker makes, at least',
      wholeNumber(2, 1000),
      10,
    )
    .option('--idle <s>', 'for how long an idle fleet is measured', wholeNumber(1, 3600), 60);
  commonOptions(command)
    .addHelpText(
      'after',
      `
The wait must be long enough for the machine: with all workers, it must not be busy all the time.

Examples:
  npm run bench -- scale
  npm run bench -- scale --commits 3 --idle 10 --rounds 1`,
    )
    .action(({ json, ...scaling }: Scaling & { json?: JsonTarget }) =>
      measuring('scale', json, (servers) => measureScale(servers, scaling), scalePage),
    );
}
