import type { KnownFile, SeenFile } from './file-version.ts';

/** What the ledger knows of the latest generation of a name and token. */
export interface Recognisable extends KnownFile {
  readonly closed: boolean;
  readonly gone: boolean;
  /** No reading of it has begun. */
  readonly untouched: boolean;
  readonly contentHash: string | null;
}

/**
 * What a file is that has the name and token of a known version. `same`: that version, or its parse sees to it.
 * `same_since`: that version, and the ledger is to take note of the ctime. `compare`: its content tells. `other`: another
 * content, or one that cannot be compared with what was read of the version: it is read as a version of its own.
 */
export type Recognised = 'same' | 'same_since' | 'compare' | 'other';

/** True for what needs no look at its content. */
export function isKnown(as: Recognised): boolean {
  return as === 'same' || as === 'same_since';
}

/** Says it by ctime, which every change of content moves on, but a rename and new rights as well. */
export function recognise(version: Recognisable, found: SeenFile): Recognised {
  const { closed, gone, changedAt, untouched, contentHash } = version;
  if (changedAt === found.changedAt || (!closed && !gone)) return 'same';
  // Registered before the ledger kept it, or not read yet: what lies there is what is meant.
  if (changedAt === null || (!closed && untouched)) return 'same_since';
  return closed && contentHash !== null ? 'compare' : 'other';
}
