import { createHmac, timingSafeEqual } from 'node:crypto';

/** A public key of a server. */
export interface HostKey {
  /** Such as `ssh-ed25519`. */
  readonly type: string;
  readonly key: Buffer;
}

/** What a file of known hosts says of one server. */
export interface KnownHost {
  readonly keys: readonly HostKey[];
  /** Keys that the server must no longer show. */
  readonly revoked: readonly HostKey[];
  /** Whether an authority may vouch for the server, which Sluice does not support. */
  readonly hasAuthority: boolean;
}

/**
 * Reads a file of known hosts as OpenSSH has it: names with `*`, `?` and `!`, hashed names, and the markers `@revoked` and
 * `@cert-authority`. A line that cannot be read gives no trust. One that may revoke a key makes the whole file refused, because a key
 * that should be refused must never be trusted.
 *
 * @param name the server's, such as `files.example.com` or `[files.example.com]:2222`
 */
export function knownHost(text: string, name: string): KnownHost {
  const found = { keys: [] as HostKey[], revoked: [] as HostKey[], hasAuthority: false };
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const words = line.trim().split(/[ \t]+/);
    if (words[0] === '' || words[0]?.startsWith('#')) continue;
    const marker = words[0]?.startsWith('@') ? words.shift() : undefined;
    const [names = '', type = '', base64 = ''] = words;
    const key = hostKeyOf(`${type} ${base64}`);
    if (marker !== undefined && (key === undefined || !['@revoked', '@cert-authority'].includes(marker)))
      throw new Error(`line ${i + 1} begins with ${marker} and cannot be read`);
    if (key === undefined || !isNamed(names, name)) continue;
    if (marker === '@cert-authority') found.hasAuthority = true;
    else (marker === '@revoked' ? found.revoked : found.keys).push(key);
  }
  return found;
}

/** Reads a public key such as `ssh-ed25519 AAAA...`; undefined when it is none. */
export function hostKeyOf(text: string): HostKey | undefined {
  const [type = '', base64 = ''] = text.trim().split(/[ \t]+/);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  const key = Buffer.from(base64, 'base64');
  // A key begins with its own type, as a text with its length before it.
  const own = key.length < 4 ? '' : key.toString('latin1', 4, 4 + key.readUInt32BE(0));
  return own === type && type !== '' ? { type, key } : undefined;
}

/** Whether one of the names is this one, and none with a `!` before it is. */
function isNamed(names: string, name: string): boolean {
  if (names.startsWith('|')) return isHashOf(names, name);
  const given = names.toLowerCase().split(',');
  const matches = (pattern: string) => formOf(pattern).test(name);
  if (given.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1)))) return false;
  return given.some((pattern) => !pattern.startsWith('!') && matches(pattern));
}

/** A hashed name is `|1|<salt>|<HMAC-SHA1 of the name>`, both in base64. */
function isHashOf(hashed: string, name: string): boolean {
  const [, version, salt = '', hash = ''] = hashed.split('|');
  const wanted = Buffer.from(hash, 'base64');
  const own = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  return version === '1' && wanted.length === own.length && timingSafeEqual(wanted, own);
}

function formOf(pattern: string): RegExp {
  const parts = pattern.match(/\*|\?|[^*?]+/g) ?? [];
  const source = parts.map((part) => (part === '*' ? '.*' : part === '?' ? '.' : RegExp.escape(part)));
  return new RegExp(`^${source.join('')}$`, 's');
}
