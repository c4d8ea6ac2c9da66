import type { Config } from './config.ts';
import { type SettingKey, settings } from './settings.ts';
import { parseDuration, parseSize, printDuration, printLimit, printSize } from './units.ts';

/** What a setting without a value means, where that is a word. */
const WITHOUT: Partial<Record<SettingKey, string>> = {
  retention: 'keep',
  rejectLimit: 'none',
  flushWhenIdle: 'off',
};

/**
 * The value of a setting as a user would write it; undefined when it has none. Secrets in it are not hidden.
 */
export function settingText(config: Pick<Config, SettingKey>, key: SettingKey): string | undefined {
  const value = config[key];
  if (value === undefined) return WITHOUT[key];
  if (typeof value === 'object') return printLimit(value);
  if (typeof value === 'string') return value;
  const example = settings.find((setting) => setting.key === key)?.default ?? '';
  if (parseSize(example) !== undefined && /[a-z]/i.test(example)) return printSize(value);
  return parseDuration(example) !== undefined || key === 'retention' ? printDuration(value) : String(value);
}
