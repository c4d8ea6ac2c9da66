import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { codeOf } from './errors.ts';
import { fromOrigin, type Place } from './origin.ts';
import { knowSecret, knowSecretsOf } from './secrets.ts';
import { settings } from './settings.ts';

/** The variables that hold a secret. Each may come from a file, named by the variable with `_FILE` appended to its name. */
const secretVariables: readonly string[] = [
  ...settings.filter(({ secret }) => secret !== undefined).map(({ env }) => env),
  'PGPASSWORD',
];

/**
 * The place with the secrets read from the files that it names, without a final line break. From now on {@link hideSecrets}
 * hides every secret of this place. A wrong file adds a line to `mistakes`.
 */
export function withSecretFiles(place: Place, cwd: string, mistakes: string[]): Place {
  const variables = { ...place.variables };
  const files: Record<string, string> = {};
  for (const name of secretVariables) {
    const named = variables[`${name}_FILE`];
    if (named && variables[name]) {
      const both = `${name} and ${name}_FILE: got both${fromOrigin(place.origin)}`;
      mistakes.push(`${both}; allowed: one of them`);
    } else if (named) {
      files[name] = resolve(cwd, named);
      variables[name] = readSecret(`${name}_FILE`, files[name], mistakes);
    }
    remember(name, variables[name]);
  }
  return { ...place, variables, files };
}

function readSecret(variable: string, file: string, mistakes: string[]): string {
  const wrong = (what: string) =>
    mistakes.push(
      `${variable}: ${file} ${what}; allowed: a file with the value alone that this user can read`,
    );
  try {
    const value = readFileSync(file, 'utf8')
      .replace(/^\ufeff/, '')
      .replace(/\r?\n$/, '');
    if (value === '') wrong('is empty');
    return value;
  } catch (error) {
    wrong(`cannot be read (${codeOf(error)})`);
    return '';
  }
}

function remember(name: string, value: string | undefined): void {
  const kind = settings.find(({ env }) => env === name)?.secret;
  if (value === undefined) return;
  if (kind === 'parts') knowSecretsOf(value);
  else knowSecret(value);
}

/** Whether somebody other than its owner can read a file. A group may read a file of root's, as libpq allows for keys. */
export function isOpenToOthers(file: string): boolean {
  const { mode, uid } = statSync(file);
  return (mode & (uid === 0 ? 0o027 : 0o077)) !== 0;
}

/** The files that hold the secrets of these places: those named by `_FILE` variables, and `.env` or the connection file itself. */
export function filesOfSecrets(
  places: readonly Place[],
  fileOf: (place: Place) => string | undefined,
): string[] {
  return places.flatMap((place) => {
    const own = secretVariables.some((name) => place.variables[name] && !place.files[name]);
    const file = own ? fileOf(place) : undefined;
    return [...Object.values(place.files), ...(file === undefined ? [] : [file])];
  });
}
