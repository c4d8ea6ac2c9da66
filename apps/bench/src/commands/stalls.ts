import { type Command, Option } from 'commander';
import { wholeNumber } from '../options.ts';
import { stallsAsTable } from '../pages/other.ts';
import { groundOf, type JsonTarget, tell } from '../result.ts';
import { STALL_KINDS } from '../stall-kinds.ts';
import { measureApart, measureStalls } from '../stalls.ts';

interface Options {
  readonly mib: number;
  readonly kind?: string;
  readonly here?: boolean;
  readonly json?: JsonTarget;
}

/** Adds `stalls`, which finds for how long reading a file holds up everything else. */
export function addStalls(program: Command): void {
  program
    .command('stalls')
    .description('the longest time for which reading a file holds up everything else in a worker')
    .option('--mib <n>', 'MiB of text in each file', wholeNumber(1, 4096), 32)
    .addOption(
      new Option('--kind <name>', 'this kind of content alone').choices(STALL_KINDS.map(({ name }) => name)),
    )
    .option('--here', 'in this process, without the limits of a worker: for a profiler')
    .option('--json [file]', 'the result as JSON, on stdout or into a file')
    .addHelpText(
      'after',
      `
No servers are needed: what is measured is the reading, up to the point where a chunk is staged.

Examples:
  npm run bench -- stalls                          all kinds of content, one after the other
  npm run bench -- stalls --mib 8 --kind commas    one of them`,
    )
    .action(async ({ mib, kind, here, json }: Options) => {
      const kinds = STALL_KINDS.filter(({ name }) => kind === undefined || name === kind);
      const stalls = here
        ? await measureStalls(kinds, mib)
        : measureApart(kinds, mib, (done) => process.stderr.write(`measured ${done.kind}\n`));
      tell(json, groundOf(), { stalls }, stallsAsTable(stalls, mib));
    });
}
