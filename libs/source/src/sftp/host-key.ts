import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { messageOf } from '@sluice/process';
import type { ServerHostKeyAlgorithm } from 'ssh2';
import { SourceAway } from '../errors.ts';
import { type Address, knownName } from './address.ts';
import { type HostKey, hostKeyOf, type KnownHost, knownHost } from './known-hosts.ts';

/** By what a server is recognised. */
export interface Recognition {
  /** Its public key such as `ssh-ed25519 AAAA...`, or the fingerprint of it such as `SHA256:...`. */
  readonly hostKey?: string | undefined;
  /** A file of known hosts. */
  readonly knownHosts?: string | undefined;
}

/** The keys that a server may show. */
export interface Trust {
  /** How the server may prove that it has one of them, so that it does not show a key of another type. */
  readonly algorithms: ServerHostKeyAlgorithm[];
  accepts(key: Buffer): boolean;
}

/** RSA keys sign with SHA-2 alone: SHA-1 no longer proves anything. */
const ALGORITHMS: ReadonlyMap<string, readonly ServerHostKeyAlgorithm[]> = new Map([
  ['ssh-ed25519', ['ssh-ed25519']],
  ['ecdsa-sha2-nistp256', ['ecdsa-sha2-nistp256']],
  ['ecdsa-sha2-nistp384', ['ecdsa-sha2-nistp384']],
  ['ecdsa-sha2-nistp521', ['ecdsa-sha2-nistp521']],
  ['ssh-rsa', ['rsa-sha2-512', 'rsa-sha2-256']],
]);

/**
 * The keys that the server of this address may show.
 *
 * @throws {SourceAway} when there is none: a server that cannot be recognised is never asked
 */
export async function trustOf(address: Address, { hostKey, knownHosts }: Recognition): Promise<Trust> {
  const known = knownHosts === undefined ? undefined : await read(knownHosts, address);
  const pinned = hostKey === undefined ? undefined : hostKeyOf(hostKey);
  const print = pinned === undefined ? hostKey?.trim() : undefined;
  const keys = [...(known?.keys ?? []), ...(pinned === undefined ? [] : [pinned])];
  const algorithms = print === undefined ? algorithmsFor(keys) : [...ALGORITHMS.values()].flat();
  if (algorithms.length === 0) throw unknown(address, knownHosts, known, keys);
  const isOneOf = (some: readonly HostKey[], key: Buffer) => some.some((one) => one.key.equals(key));
  const accepts = (key: Buffer) =>
    !isOneOf(known?.revoked ?? [], key) && (isOneOf(keys, key) || fingerprintOf(key) === print);
  return { algorithms, accepts };
}

/** The fingerprint of a public key, as `ssh-keygen -l` prints it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The server has shown a key that it should not have. */
export function otherKey({ host, port }: Address, key: Buffer): SourceAway {
  const type = key.toString('latin1', 4, 4 + key.readUInt32BE(0));
  return new SourceAway(
    `the server ${host} shows another key than the known one: ${type} ${fingerprintOf(key)}`,
    {
      code: 'HOST_KEY',
      hint: `either it has a new key or somebody else answers for it: ask those who run it for its fingerprint (ssh-keyscan -p ${port} ${host} | ssh-keygen -lf - only shows what answers), and change hostKey or knownHosts only if they name this one`,
    },
  );
}

async function read(file: string, address: Address): Promise<KnownHost> {
  try {
    return knownHost(await readFile(file, 'utf8'), knownName(address));
  } catch (error) {
    throw new SourceAway(`the file of known hosts ${file} cannot be used: ${messageOf(error)}`, {
      code: 'KNOWN_HOSTS',
      hint: 'see to the file that auth: { knownHosts } names',
      cause: error,
    });
  }
}

function unknown(
  { host, port }: Address,
  file: string | undefined,
  known: KnownHost | undefined,
  keys: readonly HostKey[],
): SourceAway {
  const name = knownName({ host, port });
  let what = 'neither hostKey nor knownHosts says which key the server has';
  if (keys.length > 0) what = `keys of the type ${keys.map(({ type }) => type).join(', ')} are not supported`;
  else if (known?.hasAuthority) what = `${file} has only an authority for ${name}, which is not supported`;
  else if (known !== undefined) what = `${file} has no key of ${name}`;
  return new SourceAway(`the server ${host} cannot be recognised: ${what}`, {
    code: 'HOST_KEY',
    hint: `ask those who run it for the key, compare it with what ssh-keyscan -p ${port} ${host} prints, and put that line into knownHosts or its key into hostKey`,
  });
}

function algorithmsFor(keys: readonly HostKey[]): ServerHostKeyAlgorithm[] {
  const types = new Set(keys.map(({ type }) => type));
  return [...ALGORITHMS].flatMap(([type, algorithms]) => (types.has(type) ? algorithms : []));
}
