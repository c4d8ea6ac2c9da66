import {
  type Config,
  hideSecrets,
  loadConfig,
  type SettingKey,
  settings,
  settingText,
} from '@sluice/process';
import type { Command } from 'commander';
import { printable, stylist, table } from '../printable.ts';
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
        say(json ? asJson(config) : asText(config));
        return 0;
      }),
    );
}

function asJson(config: Config): string {
  const about = settings.map(({ key, env }) => [
    env,
    { value: shownValue(config, key), from: config.origins[key] },
  ]);
  return JSON.stringify(Object.fromEntries(about), null, 2);
}

function asText(config: Config): string {
  const style = stylist(process.stdout);
  const rows = settings.map(({ key, env }) => [
    env,
    printable(shownValue(config, key) ?? unset(key)),
    config.origins[key],
  ]);
  const columns = process.stdout.columns || 80;
  const lines = table(rows);
  // One long path would make every line wrap, so in that case each value gets its own line.
  if (lines.every((line) => line.length <= Math.max(columns, 100))) return lines.join('\n');
  return rows.map(([env, value, from]) => `${env}  ${style('dim', `(${from})`)}\n  ${value}`).join('\n');
}

function shownValue(config: Config, key: SettingKey): string | null {
  const text = settingText(config, key);
  if (text === undefined) return null;
  return settings.find((setting) => setting.key === key)?.secret === 'whole' ? '***' : hideSecrets(text);
}

function unset(key: SettingKey): string {
  if (key === 'databaseOwnerUrl' || key === 'databaseReadUrl') return '(DATABASE_URL)';
  return key === 'databaseUrl' || key === 'redisUrl' ? '(the embedded server)' : '(none)';
}
