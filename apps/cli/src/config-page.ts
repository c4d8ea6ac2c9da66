import { type Config, hideSecrets, type SettingKey, settings, settingText } from '@sluice/process';
import { printable, stylist, table } from './printable.ts';

/** Every setting with its value, and where that came from. */
export function configJson(config: Config): string {
  const about = settings.map(({ key, env }) => [
    env,
    { value: shownValue(config, key), from: config.origins[key] },
  ]);
  return JSON.stringify(Object.fromEntries(about), null, 2);
}

/** The same as a table. */
export function configText(config: Config): string {
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
