import { loadConfig } from '@sluice/process';
import type { Command } from 'commander';
import { configJson, configText } from '../config-page.ts';
import { runCommand } from '../run-command.ts';
import { say } from '../say.ts';

/** Adds `config`, which shows every setting and where its value came from. */
export function addConfig(program: Command): void {
  program
    .command('config')
    .description('Show every setting, its value, and where that came from. Passwords are hidden.')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
Flags go before the environment, that before .env, that before config/postgres_connection_details.txt,
that before the defaults. Needs no server. Exit codes: 0, or 2 when a setting is wrong.

Examples:
  npm run sluice -- config
  BATCH_ROWS=500 npm run --silent sluice -- config --json | jq .BATCH_ROWS`,
    )
    .action(({ json }: { json?: true }) =>
      runCommand('config', async () => {
        // Loaded as the apps load it, because commands use a different log level.
        const config = loadConfig({});
        say(json ? configJson(config) : configText(config));
        return 0;
      }),
    );
}
