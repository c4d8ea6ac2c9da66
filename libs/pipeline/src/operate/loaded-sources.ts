import { join } from 'node:path';
import { baseOf } from '@sluice/core';
import { type PlacedVersion, placesOf } from '@sluice/ledger';
import { type OpenSource, type SourceFile, sourceHolding, UnreadableFile } from '@sluice/source';
import type { Place } from '../feed.ts';
import { placeByFeed } from '../feed-places.ts';
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
    const name = baseOf(version.name);
    const places = await placesOf(sql, version);
    const shared = places.some((place) => place.shared);
    const tried = new Set<string>();
    const found = async (path: string, trust: (file: SourceFile) => boolean) => {
      if (tried.has(path)) return undefined;
      tried.add(path);
      return await sourceAt(path, version, trust);
    };
    // In the source folder another ctime may mean another content. Elsewhere the ctime says nothing, because a move changes it.
    const ctimes = places.filter(({ own }) => own).map(({ changedAt }) => changedAt);
    const unchanged = (file: SourceFile) => ctimes.some((at) => at === null || at === file.changedAt);
    const source = await found(join(folders.source, name), (file) => !shared && unchanged(file));
    if (source !== undefined) return source;
    for (const place of places) {
      for await (const path of movedPaths(name, place, folders)) {
        const moved = await found(path, () => !shared);
        if (moved !== undefined) return moved;
      }
    }
    return undefined;
  }
}

/**
 * Looks for the content of a version at a path. A rename keeps the token. A copy to another file system has a different token,
 * but the same size and content.
 *
 * @param trust says whether the same token is enough for this file
 */
async function sourceAt(
  path: string,
  version: PlacedVersion,
  trust: (file: SourceFile) => boolean,
): Promise<LoadedSource | undefined> {
  const { source, name } = sourceHolding(path);
  try {
    const file = await source.look(name);
    if (file === undefined) return undefined;
    const sameToken = file.token === version.token;
    const sameSize = file.token.split('-')[0] === version.token.split('-')[0];
    const same =
      (sameToken && trust(file)) ||
      (sameSize && version.contentHash !== null && (await source.contentHash(file)) === version.contentHash);
    return same ? { path, sameToken, open: () => source.open(name) } : undefined;
  } catch (error) {
    if (error instanceof UnreadableFile) return undefined;
    throw error;
  }
}
