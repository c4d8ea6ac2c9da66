import { createHash } from 'node:crypto';
import { z } from 'zod';

/** Number of a file version in the ledger. */
export type FileNo = number & { readonly __brand: 'FileNo' };
export const fileNo = z
  .number()
  .int()
  .positive()
  .transform((value) => value as FileNo);

/** Identifies one content of a name by its stat: size, mtime in ns, inode. It is trusted once the file has been stable. */
export type Token = string & { readonly __brand: 'Token' };

/** The parts of stat that tell one content of a file from another. */
export interface FileStat {
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ino: bigint;
}

/** Builds the token of a stat. */
export function tokenOf(stat: FileStat): Token {
  return `${stat.size}-${stat.mtimeNs}-${stat.ino}` as Token;
}

/** The size in bytes of the file that a token is of. */
export function sizeOf(token: Token): number {
  return Number.parseInt(token, 10) || 0;
}

/** A file as a scan finds it: its name in the source folder and its token. */
export interface FoundFile {
  readonly name: string;
  readonly token: Token;
}

/**
 * A file with the time of its inode's last change: ctime in ns since 1970, as text. Two contents with the same name and token
 * differ in ctime, but a rename or a change of permissions also changes it. So the ctime only says when to compare.
 */
export interface SeenFile extends FoundFile {
  readonly changedAt: string;
}

/** A file as the ledger knows it. `changedAt` is null if it was registered before the ledger kept the ctime and not seen since. */
export interface KnownFile extends FoundFile {
  readonly changedAt: string | null;
}

/** A key for name and token. A token has no `|`, so no two versions share a key. */
export function versionKey(file: FoundFile): string {
  return `${file.token}|${file.name}`;
}

/** The member of the checkpoint set for a version, including the ctime that it was seen with. */
export function checkpointMember(file: SeenFile): string {
  return `${file.token}-${file.changedAt}|${file.name}`;
}

/**
 * Job id of a version's parse job: the file's name in the ledger. BullMQ refuses `:`, and control characters would spoil its
 * keys and lists, so these are percent-encoded; `%` is encoded too, so that no two names get the same id. A number alone, or a
 * word such as `meta`, breaks keys of BullMQ: the first character of an id without a dot and a slash is encoded as well.
 *
 * The first version of a name has the plain id; a later one has `~` and its fingerprint appended. A `~` where a fingerprint
 * could begin is encoded in a name, so the two forms cannot collide.
 */
export function parseJobId(
  file: FoundFile & { readonly generation: number; readonly first: boolean },
): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const safe = file.name.replace(/[%:\u0000-\u001f\u007f-\u009f\u2028\u2029]/gu, encodeURIComponent);
  const id = safe.replace(/~(?=[0-9a-f]{12}$)/, '%7E').replace(/^[\w-](?=[^./]*$)/, hex);
  return file.first ? id : `${id}~${fingerprint(file)}`;
}

function hex(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** A short hash of token and generation. */
function fingerprint(file: { readonly token: Token; readonly generation: number }): string {
  return createHash('sha256').update(`${file.token}/${file.generation}`).digest('hex').slice(0, 12);
}
