import { randomInt } from 'node:crypto';
import { type App, runApp, version } from '@sluice/process';
import { Program } from '@sluice/process/program';
import { runBugs, runCalls, runChaos, runRestore } from './commands.ts';
import { addChaosOptions, type ChaosOptions, wholeNumber } from './options.ts';
import { PLANTED_BUGS } from './planted-bugs.ts';
import type { DrillOptions } from './restore/drill.ts';

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
  npm run chaos -- calls                                 each call to a server fails once
  npm run chaos -- restore                               a backup is restored after everything was lost`,
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

program
  .command('restore')
  .description('backs up by pg_dump, loses both servers, restores, and proves that every row is there once')
  .option('--files <n>', 'files of each of the two rounds', wholeNumber(4, 10_000), 40)
  .option('--rows <n>', 'rows of each file, on average', wholeNumber(2, 10_000), 100)
  .option('--seed <n>', 'the same seed gives the same files', wholeNumber(0, 999_999_990), 1)
  .addHelpText(
    'after',
    `
The drill of "Back up and restore" (docs/operations.md), on servers of its own and with the roles of
config/postgres_setup.sql. It needs a PostgreSQL with pg_dump and pg_restore, as Debian's package has it.
In the first round Redis is lost with PostgreSQL. In the second it stays, and calls files loaded that the backup
does not have.

Exit codes: 0 all held, 1 a breach (what the apps wrote is kept), 2 SKIPPED or the drill could not be made.

Example:
  npm run restore-drill -- --files 200`,
  )
  .action((options: DrillOptions) => run((app) => runRestore(app, options)));

await program.parseAsync();
