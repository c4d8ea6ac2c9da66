import { isIP } from 'node:net';
import { z } from 'zod';
import { passwordFault, SHORTEST_PASSWORD } from './password-fault.ts';
import { countSchema } from './units.ts';

// What the value of a setting may be. Each error is what a message says is allowed.

function isUrl(text: string, schemes: readonly string[]): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && schemes.includes(url.protocol) && url.hostname !== '';
}

const named = (schemes: readonly string[]) =>
  `a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')} and names a host`;

export function webUrl(...schemes: string[]): z.ZodType<string, string> {
  return z.string().refine((text) => isUrl(text, schemes), { error: named(schemes) });
}

/** A sign in the password that should have been encoded cuts the URL, and what is left of it may name another host. */
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

/** An address that a server listens on; a name is looked up when it does. */
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

/** `sluice_` is left to the ledger's own tables. */
export const tableName = z.string().regex(/^(?:[a-z_][a-z0-9_]{0,62}\.)?(?!sluice_)[a-z_][a-z0-9_]{0,62}$/, {
  error:
    'a name such as events, or schema.events, of small letters, digits and underscores, at most 63 each, that does not begin with sluice_',
});

export const delimiter = z
  .string()
  .transform((text) => (text === 'tab' ? '\t' : text))
  // What stands in ids, numbers and times cannot part them; a surrogate is half a character.
  .refine((text) => /^[^\p{L}\p{N}\p{Cs}"\r\n\0 .:+_-]$/u.test(text) && text.length === 1, {
    error: 'tab, or one character that is no letter, digit, space, quote or one of . : + _ -',
  });

export const timeZone = z.string().refine(isTimeZone, { error: 'a time zone such as UTC or Europe/Berlin' });

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false; // RangeError: there is no such zone
  }
}

/** Anybody who reaches the dashboard may try: a short or a common one would be found. */
export const password = z
  .string()
  .refine((text) => passwordFault(text, ['operator']) === undefined && !text.includes('\0'), {
    error: `a password of at least ${SHORTEST_PASSWORD} characters that is not a common one`,
  });

const NETWORKS = ['loopback', 'linklocal', 'uniquelocal'];

/** Addresses alone: whoever reached the dashboard past a proxy that is only counted could choose his address. */
export const trustedProxies = z
  .string()
  .refine((text) => text === 'off' || text.split(',').every(isNetwork), {
    error: 'off, or addresses of proxies such as 10.0.0.1,172.16.0.0/12,loopback',
  });

function isNetwork(text: string): boolean {
  if (NETWORKS.includes(text)) return true;
  const [, address = '', bits = '32'] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  // The whole of the internet is no proxy.
  return version !== 0 && Number(bits) >= 1 && Number(bits) <= (version === 4 ? 32 : 128);
}
