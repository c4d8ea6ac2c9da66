import { isIPv6 } from 'node:net';
import { fromOrigin, type Place, type Variables } from './origin.ts';

const naming = ['PGHOST', 'PGPORT', 'PGDATABASE', 'PGUSER'] as const;

/**
 * The URL that the `PG*` variables amount to; undefined when `own` names none of them (`PGPASSWORD` alone does not
 * name a server). `placeOf` says where a part is to be taken from, so that a password may come from elsewhere.
 * A wrong part adds a line to `mistakes`.
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

  const password = part('PGPASSWORD', '');
  const user = encodeURIComponent(part('PGUSER', 'postgres'));
  const login = password === '' ? user : `${user}:${encodeURIComponent(password)}`;
  const database = encodeURIComponent(part('PGDATABASE', 'ecommerce_streaming'));
  return `postgres://${login}@${isIPv6(host) ? `[${host}]` : host}:${port}/${database}`;
}
