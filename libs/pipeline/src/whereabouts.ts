import { basename, dirname, join } from 'node:path';
import { baseOf, type Token } from '@sluice/core';
import type { FileInNeed, RecordedPlace } from '@sluice/ledger';
import { type Source, SourceHangs, sourceAt, UnreadableFile } from '@sluice/source';
import type { Place } from './feed.ts';
import { movedPaths } from './moved-paths.ts';

/** A version of a file, and where clean-up has put it. */
type Placed = Pick<RecordedPlace, 'movedTo' | 'movingTo' | 'closedAt' | 'cleanedAt'> & {
  readonly name: string;
  readonly feed: string;
  readonly token: Token;
};

export interface Found {
  readonly path: string | null;
  /** `replaced`: another file has its name in the source folder. */
  readonly place: 'source' | 'quarantine' | 'replaced' | 'gone';
  /** Whether the file system has answered each look. */
  readonly certain: boolean;
}

/** Finds versions of files in their source or where clean-up has put them. */
export class Whereabouts {
  readonly #places: ReadonlyMap<string, Place>;
  /** One of each folder, so that a folder that hangs is waited for once. */
  readonly #folders = new Map<string, Source>();

  constructor(places: ReadonlyMap<string, Place>) {
    this.#places = places;
  }

  /** Where a version is; `path` is null when it is not found. */
  async find(file: Placed): Promise<Found> {
    const place = this.#places.get(file.feed);
    if (place === undefined) return { path: null, place: 'gone', certain: false };
    const path = join(place.source, baseOf(file.name));
    const here = await this.#tokenAt(path);
    if (here === file.token) return { path, place: 'source', certain: true };
    let certain = here !== 'unreadable';
    for await (const moved of movedPaths(baseOf(file.name), file, place)) {
      const found = await this.#tokenAt(moved);
      if (found !== undefined && isSameOrCopy(found, file.token))
        return { path: moved, place: 'quarantine', certain: true };
      certain &&= found !== 'unreadable';
    }
    return { path: null, place: here === undefined || !certain ? 'gone' : 'replaced', certain };
  }

  /**
   * Whether somebody has certainly taken a version away. A folder that this process does not see as it was proves nothing, and neither does
   * the absence of a file that clean-up itself has deleted.
   */
  async isDeleted(file: Placed & Pick<FileInNeed, 'folder' | 'quarantine'>): Promise<boolean> {
    const place = this.#places.get(file.feed);
    const deletedByUs = file.cleanedAt !== null && file.movedTo === null;
    if (place === undefined || deletedByUs || file.quarantine === 'source_missing') return false;
    try {
      const { path, certain } = await this.find(file);
      if (path !== null || !certain) return false;
      if (file.movedTo !== null) return (await this.#folder(dirname(file.movedTo)).identity()) !== undefined;
      return file.folder !== null && (await this.#folder(place.source).identity()) === file.folder;
    } catch (error) {
      if (error instanceof SourceHangs) return false;
      throw error;
    }
  }

  async #tokenAt(path: string): Promise<string | undefined> {
    try {
      return (await this.#folder(dirname(path)).look(basename(path)))?.token;
    } catch (error) {
      if (error instanceof UnreadableFile) return 'unreadable';
      throw error;
    }
  }

  #folder(path: string): Source {
    const known = this.#folders.get(path) ?? sourceAt(path);
    this.#folders.set(path, known);
    return known;
  }
}

/** A move keeps the token. A copy to another file system keeps the size, and the time to the millisecond. */
function isSameOrCopy(a: string, b: string): boolean {
  if (a === b) return true;
  const [[sizeA, timeA], [sizeB, timeB]] = [a.split('-'), b.split('-')];
  return sizeA === sizeB && Math.abs(Number(timeA) - Number(timeB)) < 1_000_000;
}
