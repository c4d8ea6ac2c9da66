import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { databaseUrlFromParts } from './database-url.ts';
import { hideSecrets } from './secrets.ts';
import { type SettingKey, type SettingValues, settings, settingsSchema } from './settings.ts';

/** Where a value came from. */
export type Origin = 'flag' | 'environment' | '.env' | 'default';

/** All settings of a process; paths are absolute. */
export type Config = Readonly<SettingValues> & { readonly origins: Readonly<Record<SettingKey, Origin>> };

/** Settings given on the command line, as text; `undefined` is "not given". */
export type Flags = { readonly [Key in SettingKey]?: string | undefined };

type Variables = Readonly<Record<string, string | undefined>>;

/** One or more settings are wrong; the message has one line per mistake. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

function readDotEnv(cwd: string): Variables {
  const file = resolve(cwd, '.env');
  try {
    return parseEnv(readFileSync(file, 'utf8'));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return {};
    throw new ConfigError(
      `.env: ${file} cannot be read (${code ?? error}); allowed: a readable file, or none`,
    );
  }
}

interface Given {
  readonly text: string | undefined;
  readonly origin: Origin;
}

interface Layer {
  readonly origin: Origin;
  readonly values: Partial<Record<SettingKey, string | undefined>>;
}

function layerOf(origin: Origin, own: Variables, all: Variables, mistakes: string[]): Layer {
  const values = Object.fromEntries(settings.map(({ key, env }) => [key, own[env]]));
  return {
    origin,
    values: { ...values, databaseUrl: own.DATABASE_URL || databaseUrlFromParts(own, all, mistakes) },
  };
}

function mistake(key: string, given: Given, allowed: string): string {
  const setting = settings.find((one) => one.key === key);
  const origin = given.origin === 'environment' ? '' : ` (${given.origin})`;
  const shown = setting?.secret ? shownSecret(given.text ?? '') : JSON.stringify(given.text);
  return `${setting?.env ?? key}: got ${shown}${origin}; allowed: ${allowed}`;
}

/** A mistyped URL may carry its password where {@link hideSecrets} does not look for it: then nothing is shown. */
function shownSecret(text: string): string {
  const shown = hideSecrets(text);
  return shown === text && text.includes('@') ? 'a value that is not shown' : JSON.stringify(shown);
}

/**
 * Reads the settings: flags before the environment before `.env` before defaults; an empty text is "not set".
 * This is the only reader of the environment.
 *
 * @throws {ConfigError} with one line per mistake: name, what was given (secrets hidden), what is allowed
 */
export function loadConfig({
  flags = {},
  env = process.env,
  cwd = process.cwd(),
}: {
  flags?: Flags;
  env?: Variables;
  cwd?: string;
}): Config {
  const dotEnv = readDotEnv(cwd);
  const present = Object.fromEntries(Object.entries(env).filter(([, text]) => text));
  const all = { ...dotEnv, ...present };
  const mistakes: string[] = [];
  const layers: Layer[] = [
    { origin: 'flag', values: flags },
    layerOf('environment', present, all, mistakes),
    layerOf('.env', dotEnv, all, mistakes),
    { origin: 'default', values: Object.fromEntries(settings.map((one) => [one.key, one.default])) },
  ];

  const given = (key: SettingKey): Given => {
    const layer = layers.find(({ values }) => values[key]);
    return { text: layer?.values[key], origin: layer?.origin ?? 'default' };
  };
  const texts = Object.fromEntries(settings.map(({ key }) => [key, given(key).text]));
  const parsed = settingsSchema.safeParse(texts);
  for (const { path, message } of parsed.error?.issues ?? []) {
    const key = settings.find((one) => one.key === path[0])?.key;
    if (key !== undefined) mistakes.push(mistake(key, given(key), message));
  }
  if (!parsed.success || mistakes.length > 0) throw new ConfigError([...new Set(mistakes)].join('\n'));

  const values = parsed.data;
  const sourceDir = values.sourceDir.replace('<DATA_DIR>', () => values.dataDir);
  const origins = Object.fromEntries(settings.map(({ key }) => [key, given(key).origin]));
  return Object.freeze({
    ...values,
    dataDir: resolve(cwd, values.dataDir),
    sourceDir: resolve(cwd, sourceDir),
    origins: origins as Record<SettingKey, Origin>,
  });
}
