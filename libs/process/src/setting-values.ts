import { isIP } from 'node:net';
import { z } from 'zod';
import { passwordFault, SHORTEST_PASSWORD } from './password-fault.ts';
import { countSchema } from './units.ts';

// The schemas for the values of settings. Each error text says what is allowed.

function isUrl(text: string, schemes: readonly string[]): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && schemes.includes(url.protocol) && url.hostname !== '';
}

const named = (schemes: readonly string[]) =>
  `a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')} and names a host`;

export function webUrl(...schemes: string[]): z.ZodType<string, string> {
  return z.string().refine((text) => isUrl(text, schemes), { error: named(schemes) });
}

/** A whole URL of a server. An unencoded special character in the password cuts the URL, and the rest may name another host. */
function serverUrl(...schemes: string[]) {
  return z.string().refine((text) => isUrl(text, schemes) && isWhole(new URL(text)), {
    error: `${named(schemes)}, one; in its password % / ? # @ are written as %25 %2F %3F %23 %40`,
  });
}

export const databaseUrl = () => serverUrl('postgres:', 'postgresql:').optional();

export const redisUrl = () => serverUrl('redis:', 'rediss:').optional();

function isWhole({ username, password, hostname, pathname, search, hash }: URL): boolean {
  try {
    decodeURIComponent(username + password + pathname + search);
  } catch {
    return false; // URIError: a lone %
  }
  return !hostname.includes(',') && !pathname.includes('@') && hash === '';
}

export const oneOf = <const T extends string>(words: readonly T[]) =>
  z.enum(words, { error: `one of ${words.join(', ')}` });

/** An address that a server listens on. A name is looked up when the server starts to listen. */
export const host = () =>
  z.string().regex(/^[A-Za-z0-9.:_-]{1,253}$/, {
    error: 'an address or a name of this machine, such as 127.0.0.1, 0.0.0.0 or ::1',
  });

export const port = () => countSchema(1, 65_535);

export const folder = () =>
  z.string().refine((text) => !text.includes('\0'), { error: 'the path of a folder' });

export const file = () =>
  z
    .string()
    .refine((text) => !text.includes('\0'), { error: 'the path of a file' })
    .optional();

export const redisPrefix = z.string().regex(/^[^{}\s]*\{[^{}\s]+\}[^{}\s]*$/, {
  error:
    'a name with one hash tag such as {sluice}, without spaces (Redis Cluster keeps one tag on one node)',
});

/** The prefix `sluice_` is reserved for the ledger's own tables. */
export const tableName = z.string().regex(/^(?:[a-z_][a-z0-9_]{0,62}\.)?(?!sluice_)[a-z_][a-z0-9_]{0,62}$/, {
  error:
    'a name such as events, or schema.events, of small letters, digits and underscores, at most 63 each, that does not begin with sluice_',
});

export const delimiter = z
  .string()
  .transform((text) => (text === 'tab' ? '\t' : text))
  // Characters of ids, numbers and times cannot be delimiters, and a surrogate is only half a character.
  .refine((text) => /^[^\p{L}\p{N}\p{Cs}"\r\n\0 .:+_-]$/u.test(text) && text.length === 1, {
    error: 'tab, or one character that is no letter, digit, space, quote or one of . : + _ -',
  });

export const timeZone = z.string().refine(isTimeZone, { error: 'a time zone such as UTC or Europe/Berlin' });

function isTimeZone(name: string): boolean {
  // The default is not looked up, because the first look loads the data of all zones, which delays the start of every process.
  if (name === 'UTC') return true;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false; // RangeError: the time zone does not exist
  }
}

/** Anybody who reaches the dashboard can try passwords, and would soon guess a short or common one. */
export const password = z
  .string()
  .refine((text) => passwordFault(text, ['operator']) === undefined && !text.includes('\0'), {
    error: `a password of at least ${SHORTEST_PASSWORD} characters that is not a common one`,
  });

/** Long enough that nobody guesses it, and without characters that a header cannot hold. */
export const token = z.string().regex(/^[\w-]{20,200}$/, {
  error: 'a token of 20 to 200 letters, digits, _ and -',
});

const NETWORKS = ['loopback', 'linklocal', 'uniquelocal'];

/** Only addresses are allowed. With a mere number of proxies, a client that bypassed the proxy could claim any address. */
export const trustedProxies = z
  .string()
  .refine((text) => text === 'off' || text.split(',').every(isNetwork), {
    error: 'off, or addresses of proxies such as 10.0.0.1,172.16.0.0/12,loopback',
  });

function isNetwork(text: string): boolean {
  if (NETWORKS.includes(text)) return true;
  const [, address = '', bits = '32'] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  // A prefix of 0 bits would make the whole internet a trusted proxy.
  return version !== 0 && Number(bits) >= 1 && Number(bits) <= (version === 4 ? 32 : 128);
}
