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

/** Names that the pipeline takes: `*.csv`, `*.csv.gz`, `*.csv.zst` in any case, no dot files. */
export function isSourceName(name: string): boolean {
  return /\.csv(\.gz|\.zst)?$/i.test(name) && !name.startsWith('.');
}

/** The feed of a version, by its name in the ledger: `orders` of `orders/a.csv`. A bare name is of the feed `events`. */
export function feedOf(name: string): string {
  const [feed, ...path] = name.split('/');
  return feed === undefined || path.length === 0 ? 'events' : feed;
}

/**
 * Job id of a version's parse job: the filename. BullMQ refuses `:`, and control characters would spoil its keys and lists, so
 * these are percent-encoded; `%` is encoded too, so that no two names get the same id. The first version of a name has the plain
 * id; a later one has its fingerprint appended. A name always ends as {@link isSourceName} requires and a fingerprint never
 * does, so the two forms cannot collide.
 */
export function parseJobId(
  file: FoundFile & { readonly generation: number; readonly first: boolean },
): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const id = file.name.replace(/[%:\u0000-\u001f\u007f-\u009f\u2028\u2029]/gu, encodeURIComponent);
  return file.first ? id : `${id}~${fingerprint(file)}`;
}

/** A short hash of token and generation. */
function fingerprint(file: { readonly token: Token; readonly generation: number }): string {
  return createHash('sha256').update(`${file.token}/${file.generation}`).digest('hex').slice(0, 12);
}
