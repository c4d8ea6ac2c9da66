import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { readConnectionFile } from './connection-file.ts';
import { databaseUrlFromParts } from './database-url.ts';
import { fromOrigin, type Origin, type Place, type Variables } from './origin.ts';
import { hideSecrets } from './secrets.ts';
import { type SettingKey, type SettingValues, settings, settingsSchema } from './settings.ts';

/** All settings of a process; paths are absolute. */
export type Config = Readonly<SettingValues> & { readonly origins: Readonly<Record<SettingKey, Origin>> };

/** Settings given on the command line, as text; `undefined` is "not given". */
export type Flags = { readonly [Key in SettingKey]?: string | undefined };

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

function layerOf(place: Place, places: readonly Place[], mistakes: string[]): Layer {
  const { origin, variables } = place;
  const values = Object.fromEntries(settings.map(({ key, env }) => [key, variables[env]]));
  // What this place leaves open, such as the password, may stand in another.
  const parts = (name: string): Place | undefined => [place, ...places].find((one) => one.variables[name]);
  return {
    origin,
    values: {
      ...values,
      databaseUrl: variables.DATABASE_URL || databaseUrlFromParts(variables, parts, mistakes),
      // Where a platform gives out the port, it is called this.
      dashboardPort: variables.DASHBOARD_PORT || variables.PORT,
    },
  };
}

function mistake(key: string, given: Given, allowed: string): string {
  const setting = settings.find((one) => one.key === key);
  const shown = shownText(given.text ?? '', setting?.secret);
  return `${setting?.env ?? key}: got ${shown}${fromOrigin(given.origin)}; allowed: ${allowed}`;
}

/** A mistyped URL may carry its password where {@link hideSecrets} does not look for it: then nothing is shown. */
function shownText(text: string, secret: 'parts' | 'whole' | undefined): string {
  const shown = hideSecrets(text);
  const hidden = secret === 'whole' || (secret === 'parts' && shown === text && text.includes('@'));
  return hidden ? 'a value that is not shown' : JSON.stringify(secret ? shown : text);
}

/**
 * Reads the settings: flags before the environment before `.env` before the connection file
 * before defaults; an empty text is "not set".
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
  const mistakes: string[] = [];
  const places: Place[] = [
    { origin: 'environment', variables: env },
    { origin: '.env', variables: readDotEnv(cwd) },
    { origin: 'connection file', variables: readConnectionFile(cwd, mistakes) },
  ];
  const layers: Layer[] = [
    { origin: 'flag', values: flags },
    ...places.map((place) => layerOf(place, places, mistakes)),
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
  const path = (folder: string): string =>
    resolve(
      cwd,
      folder.replace('<DATA_DIR>', () => values.dataDir),
    );
  const origins = Object.fromEntries(settings.map(({ key }) => [key, given(key).origin]));
  return Object.freeze({
    ...values,
    dataDir: path(values.dataDir),
    sourceDir: path(values.sourceDir),
    archiveDir: path(values.archiveDir),
    quarantineDir: path(values.quarantineDir),
    dashboardUsers: path(values.dashboardUsers),
    logDir: values.logDir === undefined ? undefined : path(values.logDir),
    origins: origins as Record<SettingKey, Origin>,
  });
}
