import { randomInt } from 'node:crypto';
import { isLateWrite } from '@sluice/postgres';
import { runApp, version } from '@sluice/runtime';
import { Command } from 'commander';
import { runLab } from './lab.ts';
import { addChaosOptions, type ChaosOptions } from './options.ts';
import { asJson, asTable } from './report.ts';

const program = addChaosOptions(new Command('chaos'), randomInt(1_000_000))
  .description(
    'Runs the real apps on servers of its own, breaks them by a seeded plan, and proves that every row is there once.',
  )
  .version(version)
  .option('--no-take-over', 'do not measure how long default settings take to notice a crashed worker')
  .option('--json', 'the result as JSON')
  .addHelpText(
    'after',
    `
Exit codes: 0 all held, 1 a breach (what the apps wrote is kept), 2 the run could not be made.

Examples:
  npm run chaos                                          all faults, a new seed
  npm run chaos -- --seed 7 --faults kill --kills 200    each kill point at least once
  npm run chaos -- --kills 1000 --files 2000 --rows 500  a million rows
  npm run chaos -- --faults redis-wipe,pg-restart --minutes 10 --kills 2000`,
  )
  .allowExcessArguments(false)
  .showHelpAfterError()
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse();

const { json, ...options } = program.opts<ChaosOptions & { takeOver: boolean; json?: boolean }>();

await runApp(
  'chaos',
  {},
  async ({ log, stopping }) => {
    try {
      log.info({ seed: options.seed }, 'the seed gives the plan');
      const verdict = await runLab({ ...options, say: (message) => log.info(message), stopping });
      process.stdout.write(json ? asJson(verdict) : asTable(verdict));
      process.exitCode = verdict.held ? 0 : 1;
    } catch (error) {
      if (!stopping.aborted) log.fatal({ err: error }, 'the run could not be made');
      process.exitCode = 2;
    }
  },
  { logTo: 2, survives: isLateWrite },
);
