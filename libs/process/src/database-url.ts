import { isIPv6 } from 'node:net';
import { checkedParameters } from './database-parameters.ts';
import { fromOrigin, type Place, type Variables } from './origin.ts';
import { passwordFromFile } from './password-file.ts';
import { PemFileError } from './pem-files.ts';
import { postgresTls } from './postgres-tls.ts';

const naming = ['PGHOST', 'PGPORT', 'PGDATABASE', 'PGUSER'] as const;

/**
 * The URL that the `PG*` variables describe; undefined when `own` has none of them (`PGPASSWORD` alone does not
 * name a server). `placeOf` finds the place of a variable. A wrong part adds a line to `mistakes`.
 */
export function databaseUrlFromParts(
  own: Variables,
  placeOf: (name: string) => Place | undefined,
  mistakes: string[],
): string | undefined {
  if (!naming.some((name) => own[name])) return undefined;
  const got = (name: string, text: string): string =>
    `${name}: got ${JSON.stringify(text)}${fromOrigin(placeOf(name)?.origin)}`;
  const part = (name: string, fallback: string): string => placeOf(name)?.variables[name] ?? fallback;

  const host = part('PGHOST', 'localhost');
  const port = part('PGPORT', '5432');
  const wrong = mistakes.length;
  if (!isIPv6(host) && !/^[\w.-]+$/.test(host)) {
    mistakes.push(`${got('PGHOST', host)}; allowed: a host name or an address (not the folder of a socket)`);
  }
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    mistakes.push(`${got('PGPORT', port)}; allowed: a whole number from 1 to 65535`);
  }
  if (mistakes.length > wrong) return undefined;

  const user = encodeURIComponent(part('PGUSER', 'postgres'));
  const database = encodeURIComponent(part('PGDATABASE', 'ecommerce_streaming'));
  return `postgres://${user}@${isIPv6(host) ? `[${host}]` : host}:${port}/${database}`;
}

/** A URL with everything that libpq would add to it. `passwordFile` is the file that its password came from. */
export interface CompleteUrl {
  readonly url: string;
  readonly passwordFile: string | undefined;
}

/**
 * Completes a valid URL from the `PG*` variables, as libpq does: user, port, database, password (`PGPASSWORD`, else the
 * password file) and the parameters of TLS. Its files are read once here, so that a wrong one is reported at the start.
 * A wrong part adds a line to `mistakes`.
 */
export function completeDatabaseUrl(
  name: string,
  given: string,
  placeOf: (name: string) => Place | undefined,
  tell: { readonly mistakes: string[]; readonly warnings: string[] },
): CompleteUrl {
  const variable = (one: string): string => placeOf(one)?.variables[one] ?? '';
  const url = new URL(given);
  url.username ||= encodeURIComponent(variable('PGUSER'));
  url.port ||= /^\d{1,5}$/.test(variable('PGPORT')) ? variable('PGPORT') : '';
  if (url.pathname.length < 2 && variable('PGDATABASE'))
    url.pathname = encodeURIComponent(variable('PGDATABASE'));

  const parameters = checkedParameters(name, given, placeOf, tell.mistakes);
  let passwordFile: string | undefined;
  if (url.password === '' && variable('PGPASSWORD')) {
    url.password = encodeURIComponent(variable('PGPASSWORD'));
    passwordFile = placeOf('PGPASSWORD')?.files.PGPASSWORD;
  } else if (url.password === '') {
    const found = passwordFromFile(url, parameters.get('passfile'), tell.warnings);
    url.password = encodeURIComponent(found?.password ?? '');
    passwordFile = found?.file;
  }
  url.search = [...parameters].map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
  // A URL to which nothing was added stays exactly as it was written.
  const unchanged = new URL(given).href === url.href;
  try {
    postgresTls(url.href);
  } catch (error) {
    if (!(error instanceof PemFileError)) throw error;
    tell.mistakes.push(`${name}: ${error.message}; allowed: ${error.allowed}`);
  }
  return { url: unchanged ? given : url.href, passwordFile };
}
