import type { KnownFile, SeenFile } from './file-version.ts';

/** What the ledger knows about the latest generation of a name and token. */
export interface Recognisable extends KnownFile {
  readonly closed: boolean;
  readonly gone: boolean;
  /** Reading it has not begun. */
  readonly untouched: boolean;
  readonly contentHash: string | null;
}

/**
 * How a file relates to the known version with its name and token. `same`: it is that version, or the parse of that version
 * handles it. `same_since`: it is that version, and the ledger must record the ctime. `compare`: only the content can tell.
 * `other`: the content is different or cannot be compared with what was read; the file is read as a new version.
 */
export type Recognised = 'same' | 'same_since' | 'compare' | 'other';

/** True when the content need not be looked at. */
export function isKnown(as: Recognised): boolean {
  return as === 'same' || as === 'same_since';
}

/** Decides by ctime. Every change of content changes the ctime, but so do a rename and new permissions. */
export function recognise(version: Recognisable, found: SeenFile): Recognised {
  const { closed, gone, changedAt, untouched, contentHash } = version;
  if (changedAt === found.changedAt || (!closed && !gone)) return 'same';
  // The ctime was not recorded, or the version has not been read yet: the file that is there now counts as that version.
  if (changedAt === null || (!closed && untouched)) return 'same_since';
  return closed && contentHash !== null ? 'compare' : 'other';
}
