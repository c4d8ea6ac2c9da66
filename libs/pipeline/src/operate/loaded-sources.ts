import { sizeOf } from '@sluice/core';
import { type PlacedVersion, placesOf } from '@sluice/ledger';
import { type OpenSource, type Source, type SourceFile, sourceHolding, UnreadableFile } from '@sluice/source';
import type { Place } from '../feed.ts';
import { placeByFeed, sourceOf } from '../feed-places.ts';
import { movedPaths } from '../moved-paths.ts';
import type { Stores } from '../stores.ts';

/** A file that has the content of a version. `sameToken`: it is the file that was loaded, not a copy. */
export interface LoadedSource {
  readonly path: string;
  readonly sameToken: boolean;
  open(): Promise<OpenSource | undefined>;
}

/** Finds the contents of loaded versions in the source folder, or where the ledger says that clean-up has moved them. */
export class LoadedSources {
  readonly #stores: Pick<Stores, 'sql' | 'config'>;
  #places: ReadonlyMap<string, Place> | undefined;

  constructor(stores: Pick<Stores, 'sql' | 'config'>) {
    this.#stores = stores;
  }

  /** Undefined when no readable file has exactly that content. */
  async find(version: PlacedVersion & { readonly feed: string }): Promise<LoadedSource | undefined> {
    const { sql } = this.#stores;
    this.#places ??= await placeByFeed(this.#stores);
    const folders = this.#places.get(version.feed);
    if (folders === undefined) return undefined;
    const all = this.#places;
    const source = sourceOf(folders, () => all.values());
    const places = await placesOf(sql, version);
    const shared = places.some((place) => place.shared);
    const tried = new Set<string>();
    const found = async (path: string, at: () => Held, trust: (file: SourceFile) => boolean) => {
      if (tried.has(path)) return undefined;
      tried.add(path);
      return await contentAt(path, at(), version, trust);
    };
    // In the source another ctime may mean another content. Elsewhere the ctime says nothing, because a move changes it.
    const ctimes = places.filter(({ own }) => own).map(({ changedAt }) => changedAt);
    const unchanged = (file: SourceFile) => ctimes.some((at) => at === null || at === file.changedAt);
    const { name } = version;
    const own = await found(
      source.placeOf(name),
      () => ({ source, name }),
      (file) => !shared && unchanged(file),
    );
    if (own !== undefined) return own;
    for (const place of places) {
      for await (const path of movedPaths(name, place, { folders, source })) {
        const moved = await found(
          path,
          () => sourceHolding(path, folders.sourceOptions),
          () => !shared,
        );
        if (moved !== undefined) return moved;
      }
    }
    return undefined;
  }
}

interface Held {
  readonly source: Source;
  readonly name: string;
}

/**
 * Looks for the content of a version at a path. A rename keeps the token. A copy to another file system has a different token,
 * but the same size and content.
 *
 * @param trust says whether the same token is enough for this file
 */
async function contentAt(
  path: string,
  { source, name }: Held,
  version: PlacedVersion,
  trust: (file: SourceFile) => boolean,
): Promise<LoadedSource | undefined> {
  try {
    const file = await source.look(name);
    if (file === undefined) return undefined;
    const sameToken = file.token === version.token;
    const sameSize = sizeOf(file.token) === sizeOf(version.token);
    const same =
      (sameToken && trust(file)) ||
      (sameSize && version.contentHash !== null && (await source.contentHash(file)) === version.contentHash);
    return same ? { path, sameToken, open: () => source.open(name) } : undefined;
  } catch (error) {
    if (error instanceof UnreadableFile) return undefined;
    throw error;
  }
}
