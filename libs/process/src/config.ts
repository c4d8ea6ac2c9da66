import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { CONNECTION_FILE, readConnectionFile } from './connection-file.ts';
import { databaseUrlFromParts } from './database-url.ts';
import { codeOf } from './errors.ts';
import { fromOrigin, type Origin, type Place, type Variables } from './origin.ts';
import { noteReading } from './renewed.ts';
import { filesOfSecrets, withSecretFiles } from './secret-files.ts';
import { hideSecrets } from './secrets.ts';
import { checkRedisFiles, completeUrls } from './server-settings.ts';
import { type SettingKey, type SettingValues, settings, settingsSchema } from './settings.ts';

/** All settings of a process. Paths are absolute. */
export type Config = Readonly<SettingValues> & {
  readonly origins: Readonly<Record<SettingKey, Origin>>;
  /** The files that hold secrets of these settings. */
  readonly secretFiles: readonly string[];
  /** One sentence for each setting that is odd but allowed. */
  readonly warnings: readonly string[];
  /** The working directory. Relative paths begin there. */
  readonly cwd: string;
  /** A variable that is no setting, from the environment or else from `.env`; undefined when it is not set or empty. */
  readonly variable: (name: string) => string | undefined;
};

/** Settings given on the command line, as text; `undefined` is "not given". */
export type Flags = { readonly [Key in SettingKey]?: string | undefined };

interface ConfigSources {
  readonly flags?: Flags;
  readonly env?: Variables;
  readonly cwd?: string;
}

/** One or more settings are wrong. The message has one line for each mistake. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

function readDotEnv(cwd: string): Variables {
  const file = resolve(cwd, '.env');
  try {
    return parseEnv(readFileSync(file, 'utf8'));
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return {};
    throw new ConfigError(`.env: ${file} cannot be read (${code}); allowed: a readable file, or none`);
  }
}

interface Given {
  readonly text: string | undefined;
  readonly origin: Origin;
}

interface Layer {
  readonly values: Partial<Record<SettingKey, string | undefined>>;
  /** The origin of the value. */
  originOf(key: SettingKey): Origin;
}

function layerOf(place: Place, places: readonly Place[], mistakes: string[]): Layer {
  const { origin, variables, files } = place;
  const values = Object.fromEntries(settings.map(({ key, env }) => [key, variables[env]]));
  // A part that this place does not give, such as the password, may come from another place.
  const parts = (name: string): Place | undefined => [place, ...places].find((one) => one.variables[name]);
  return {
    values: {
      ...values,
      databaseUrl: variables.DATABASE_URL || databaseUrlFromParts(variables, parts, mistakes),
      // Hosting platforms pass the assigned port as PORT.
      dashboardPort: variables.DASHBOARD_PORT || variables.PORT,
    },
    originOf: (key) => {
      const file = files[settings.find((one) => one.key === key)?.env ?? ''];
      return file === undefined ? origin : `file ${file}`;
    },
  };
}

/** Settings that name a folder or a file, relative to the working directory. */
const PATHS = [
  'dataDir',
  'sourceDir',
  'archiveDir',
  'quarantineDir',
  'feedsDir',
  'dashboardUsers',
  'logDir',
  'redisCaFile',
  'redisCertFile',
  'redisKeyFile',
] as const satisfies SettingKey[];

function mistake(key: string, given: Given, allowed: string): string {
  const setting = settings.find((one) => one.key === key);
  const shown = shownText(given.text ?? '', setting?.secret);
  return `${setting?.env ?? key}: got ${shown}${fromOrigin(given.origin)}; allowed: ${allowed}`;
}

/** A text safe to show. Hides a mistyped URL completely, because {@link hideSecrets} may not find the password in it. */
function shownText(text: string, secret: 'parts' | 'whole' | undefined): string {
  const shown = hideSecrets(text);
  const isUrl = /^[a-z]+:\/\//.test(text) && (shown !== text || !text.includes('@'));
  const hidden = secret === 'whole' || (secret === 'parts' && !isUrl);
  return hidden ? 'a value that is not shown' : JSON.stringify(secret ? shown : text);
}

/**
 * Reads the settings. Flags come before the environment, then `.env`, the connection file and the defaults.
 * An empty text means "not set". Nothing else reads the environment. {@link passwordNow} reads it again for a new connection.
 *
 * @throws {ConfigError} with one line per mistake: name, what was given (secrets hidden), what is allowed
 */
export function loadConfig(given: ConfigSources): Config {
  const config = read(given);
  for (const key of ['databaseUrl', 'databaseOwnerUrl', 'databaseReadUrl', 'redisUrl'] as const)
    if (config[key] !== undefined) noteReading(config[key], () => read(given)[key]);
  return config;
}

function read({ flags = {}, env = process.env, cwd = process.cwd() }: ConfigSources): Config {
  const mistakes: string[] = [];
  const warnings: string[] = [];
  const dotEnv = readDotEnv(cwd);
  const places = [
    { origin: 'environment' as const, variables: env, files: {} },
    { origin: '.env' as const, variables: dotEnv, files: {} },
    { origin: 'connection file' as const, variables: readConnectionFile(cwd, mistakes), files: {} },
  ].map((place) => withSecretFiles(place, cwd, mistakes));
  const defaults = Object.fromEntries(settings.map((one) => [one.key, one.default]));
  const layers: Layer[] = [
    { values: flags, originOf: () => 'flag' },
    ...places.map((place) => layerOf(place, places, mistakes)),
    { values: defaults, originOf: () => 'default' },
  ];

  const given = (key: SettingKey): Given => {
    const layer = layers.find(({ values }) => values[key]);
    return { text: layer?.values[key], origin: layer?.originOf(key) ?? 'default' };
  };
  // The first layer is that of the flags and the last that of the defaults. Between them each place has one, in order.
  const placeGiving = (key: SettingKey) => places[layers.findIndex(({ values }) => values[key]) - 1];
  const texts = Object.fromEntries(settings.map(({ key }) => [key, given(key).text]));
  const parsed = settingsSchema.safeParse(texts);
  for (const { path, message } of parsed.error?.issues ?? []) {
    const key = settings.find((one) => one.key === path[0])?.key;
    if (key !== undefined) mistakes.push(mistake(key, given(key), message));
  }
  const path = (name: string): string =>
    resolve(
      cwd,
      name.replace('<DATA_DIR>', () => parsed.data?.dataDir ?? ''),
    );
  const paths = Object.fromEntries(
    PATHS.map((key) => [key, parsed.data?.[key] === undefined ? undefined : path(parsed.data[key])]),
  );
  const urls = parsed.success ? completeUrls(parsed.data, places, placeGiving, { mistakes, warnings }) : [];
  if (parsed.success) checkRedisFiles({ ...parsed.data, ...paths }, mistakes);
  if (!parsed.success || mistakes.length > 0) throw new ConfigError([...new Set(mistakes)].join('\n'));

  const originOf = (key: SettingKey): Origin => {
    const { origin } = given(key);
    const file = urls.find((one) => one.key === key)?.passwordFile;
    return file === undefined || origin.startsWith('file ') ? origin : `${origin}, password of file ${file}`;
  };
  const fileOf = ({ origin }: Place) =>
    origin === '.env' ? path('.env') : origin === 'connection file' ? path(CONNECTION_FILE) : undefined;
  return Object.freeze({
    ...parsed.data,
    ...paths,
    ...Object.fromEntries(urls.map(({ key, url }) => [key, url])),
    origins: Object.fromEntries(settings.map(({ key }) => [key, originOf(key)])) as Record<
      SettingKey,
      Origin
    >,
    secretFiles: filesOfSecrets(places, fileOf),
    warnings: [...new Set(warnings)],
    cwd: resolve(cwd),
    variable: (name) => env[name] || dotEnv[name] || undefined,
  });
}
