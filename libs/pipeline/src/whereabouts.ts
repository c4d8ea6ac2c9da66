import type { Token } from '@sluice/core';
import type { FileInNeed, RecordedPlace } from '@sluice/ledger';
import { type Source, SourceAway, sourceHolding, UnreadableFile } from '@sluice/source';
import type { Place } from './feed.ts';
import { sourceOf } from './feed-places.ts';
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
  /** One of each place, so that a place that hangs is waited for once. */
  readonly #sources = new Map<string, Source>();

  constructor(places: ReadonlyMap<string, Place>) {
    this.#places = places;
  }

  /** Where a version is; `path` is null when it is not found. */
  async find(file: Placed): Promise<Found> {
    const place = this.#places.get(file.feed);
    if (place === undefined) return { path: null, place: 'gone', certain: false };
    const source = this.#sourceOf(place);
    const here = await tokenIn(source, file.name);
    if (here === file.token) return { path: source.placeOf(file.name), place: 'source', certain: true };
    let certain = here !== 'unreadable';
    for await (const path of movedPaths(file.name, file, { folders: place, source })) {
      const moved = this.#holding(path, place);
      const found = await tokenIn(moved.source, moved.name);
      if (found === 'unreadable') certain = false;
      else if (found !== undefined && source.maybeMoved(file.token, found))
        return { path, place: 'quarantine', certain: true };
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
      if (file.movedTo !== null)
        return (await this.#holding(file.movedTo, place).source.identity()) !== undefined;
      return file.folder !== null && (await this.#sourceOf(place).identity()) === file.folder;
    } catch (error) {
      if (error instanceof SourceAway) return false;
      throw error;
    }
  }

  #sourceOf(place: Place): Source {
    return this.#once(place.name, () => sourceOf(place, () => this.#places.values()));
  }

  /** Where a moved file lies, which is reached as the source of its feed is. */
  #holding(
    path: string,
    { name: feed, sourceOptions }: Place,
  ): { readonly source: Source; readonly name: string } {
    const { source, name } = sourceHolding(path, sourceOptions);
    return { source: this.#once(`${feed} ${source.path}`, () => source), name };
  }

  #once(key: string, make: () => Source): Source {
    const known = this.#sources.get(key) ?? make();
    this.#sources.set(key, known);
    return known;
  }
}

async function tokenIn(source: Source, name: string): Promise<Token | 'unreadable' | undefined> {
  try {
    return (await source.look(name))?.token;
  } catch (error) {
    if (error instanceof UnreadableFile) return 'unreadable';
    throw error;
  }
}
