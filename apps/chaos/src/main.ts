import { randomInt } from 'node:crypto';
import { type App, runApp, version } from '@sluice/process';
import { Program } from '@sluice/process/program';
import { runBugs, runCalls, runChaos } from './commands.ts';
import { addChaosOptions, type ChaosOptions, wholeNumber } from './options.ts';
import { PLANTED_BUGS } from './planted-bugs.ts';

/** Runs one of the lab's commands and sets the exit code. */
function run(command: (app: App) => Promise<0 | 1>): Promise<void> {
  const told = async (app: App): Promise<void> => {
    try {
      process.exitCode = await command(app);
    } catch (error) {
      if (!app.stopping.aborted) app.log.fatal({ err: error }, 'the run could not be made');
      process.exitCode = 2;
    }
  };
  return runApp('chaos', {}, told, { logTo: 2 });
}

const program = new Program('chaos')
  .description(
    'Runs the real apps on servers of its own, breaks them by a seeded plan, and proves that every row is there once.',
  )
  .version(version)
  .addHelpText(
    'after',
    `
Exit codes: 0 all held, 1 a breach (what the apps wrote is kept), 2 the run could not be made.

Examples:
  npm run chaos                                          all faults, a new seed
  npm run chaos -- --seed 7 --faults kill --kills 200    each kill point at least once
  npm run chaos -- --kills 1000 --files 2000 --rows 500  a million rows
  npm run chaos -- --faults redis-wipe,pg-restart --minutes 10 --kills 2000
  npm run chaos -- bugs                                  the lab is proved: each planted bug must be found
  npm run chaos -- calls                                 each call to a server fails once`,
  );

addChaosOptions(program.command('run', { isDefault: true }), randomInt(1_000_000))
  .description('one run: faults by a seeded plan, then the judgement (the default)')
  .option('--no-take-over', 'do not measure how long default settings take to notice a crashed worker')
  .option('--json', 'the result as JSON')
  .allowExcessArguments(false)
  .action(({ json, ...options }: ChaosOptions & { takeOver: boolean; json?: true }) =>
    run((app) => runChaos(app, options, json ?? false)),
  );

program
  .command('bugs')
  .description('plants bugs in the apps, one at a time, and looks whether a run finds each')
  .argument('[names...]', `of ${Object.keys(PLANTED_BUGS).join(', ')}`)
  .option('--seed <n>', 'the same seed gives the same plans', wholeNumber(0, 999_999_990), 1)
  .action((names: string[], { seed }: { seed: number }) => run((app) => runBugs(app, names, seed)));

program
  .command('calls')
  .description(
    'takes files through all stages while the n-th call to Redis or PostgreSQL fails, n = 1, 2, 3 ...',
  )
  .action(() => run(runCalls));

await program.parseAsync();
