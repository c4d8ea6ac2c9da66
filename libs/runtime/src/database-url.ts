import { isIPv6 } from 'node:net';

type Variables = Readonly<Record<string, string | undefined>>;

const naming = ['PGHOST', 'PGPORT', 'PGDATABASE', 'PGUSER'] as const;

/**
 * The URL that the `PG*` variables amount to; undefined when `own` names none of them (`PGPASSWORD` alone does not
 * name a server). What `own` leaves open is taken from `all`, so that a password may come from elsewhere.
 * A wrong part adds a line to `mistakes`.
 */
export function databaseUrlFromParts(own: Variables, all: Variables, mistakes: string[]): string | undefined {
  if (!naming.some((name) => own[name])) return undefined;
  const part = (name: string, fallback: string): string => own[name] || all[name] || fallback;

  const host = part('PGHOST', 'localhost');
  const port = part('PGPORT', '5432');
  const wrong = mistakes.length;
  if (!isIPv6(host) && !/^[\w.-]+$/.test(host)) {
    mistakes.push(
      `PGHOST: got ${JSON.stringify(host)}; allowed: a host name or an address (not the folder of a socket)`,
    );
  }
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    mistakes.push(`PGPORT: got ${JSON.stringify(port)}; allowed: a whole number from 1 to 65535`);
  }
  if (mistakes.length > wrong) return undefined;

  const password = part('PGPASSWORD', '');
  const user = encodeURIComponent(part('PGUSER', 'postgres'));
  const login = password === '' ? user : `${user}:${encodeURIComponent(password)}`;
  const database = encodeURIComponent(part('PGDATABASE', 'ecommerce_streaming'));
  return `postgres://${login}@${isIPv6(host) ? `[${host}]` : host}:${port}/${database}`;
}
