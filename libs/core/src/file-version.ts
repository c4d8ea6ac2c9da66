import { createHash } from 'node:crypto';
import { z } from 'zod';

/** Number of a file version in the ledger. */
export type FileNo = number & { readonly __brand: 'FileNo' };
export const fileNo = z
  .number()
  .int()
  .positive()
  .transform((value) => value as FileNo);

/** One content of one name as stat tells it: size, mtime in ns, inode. Trusted once the file has been stable. */
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
 * A file with the time of the last change of its inode: ctime in ns since 1970, as text. Two contents of one name and
 * token differ in it, but so does one content that was renamed or given other rights: it only says when to compare.
 */
export interface SeenFile extends FoundFile {
  readonly changedAt: string;
}

/** As {@link SeenFile}, of the ledger. Null: the version was registered before the ledger kept it, and nobody has looked since. */
export interface KnownFile extends FoundFile {
  readonly changedAt: string | null;
}

/** Tells name and token from any other. A token holds no `|`, so no two share a key. */
export function versionKey(file: FoundFile): string {
  return `${file.token}|${file.name}`;
}

/** The member of the checkpoint set that stands for a version, as a look found it. */
export function checkpointMember(file: SeenFile): string {
  return `${file.token}-${file.changedAt}|${file.name}`;
}

/** Names that the pipeline takes: `*.csv`, `*.csv.gz`, `*.csv.zst` in any case, no dot files. */
export function isSourceName(name: string): boolean {
  return /\.csv(\.gz|\.zst)?$/i.test(name) && !name.startsWith('.');
}

/**
 * Job id of a version's parse job: the filename. BullMQ refuses `:`, and control characters would spoil its keys and
 * lists, so those are percent-encoded, and `%` too so that two names never meet. The first version of a name has the
 * plain id; a later one has its fingerprint appended. A name ends as {@link isSourceName} says, an appended fingerprint
 * does not: the two forms never collide.
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
