import { completeDatabaseUrl } from './database-url.ts';
import type { Place } from './origin.ts';
import { PemFileError } from './pem-files.ts';
import { redisTls } from './redis-tls.ts';
import { knowSecretsOf } from './secrets.ts';
import { type SettingKey, type SettingValues, settings } from './settings.ts';

const databaseUrls = ['databaseUrl', 'databaseOwnerUrl', 'databaseReadUrl'] as const;

/** The URLs of PostgreSQL, completed from the `PG*` variables, and the files that their passwords came from. */
export function completeUrls(
  values: SettingValues,
  places: readonly Place[],
  placeGiving: (key: SettingKey) => Place | undefined,
  tell: { readonly mistakes: string[]; readonly warnings: string[] },
): { readonly key: (typeof databaseUrls)[number]; readonly url: string; readonly passwordFile?: string }[] {
  return databaseUrls.flatMap((key) => {
    const given = values[key];
    if (given === undefined) return [];
    const name = settings.find((one) => one.key === key)?.env ?? key;
    const own = placeGiving(key);
    const asUrl = own?.variables[name] === given;
    // The connection file describes its own server and not that of a URL, so it does not complete a URL.
    const others = places.filter(({ origin }) => !asUrl || origin !== 'connection file');
    const placeOf = (variable: string) =>
      [...(own ? [own] : []), ...others].find(({ variables }) => variables[variable]);
    const { url, passwordFile } = completeDatabaseUrl(asUrl ? name : 'PostgreSQL', given, placeOf, tell);
    knowSecretsOf(url);
    return [{ key, url, ...(passwordFile !== undefined && { passwordFile }) }];
  });
}

/** Checks the TLS files for Redis, so that a wrong one is reported at the start and not by the first connection. */
export function checkRedisFiles(values: SettingValues, mistakes: string[]): void {
  try {
    redisTls(values.redisUrl ?? '', values);
  } catch (error) {
    if (!(error instanceof PemFileError)) throw error;
    mistakes.push(`REDIS_*_FILE: ${error.message}; allowed: ${error.allowed}`);
  }
}
