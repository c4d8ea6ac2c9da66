import type { SourceFile } from '../source.ts';

/** The newest objects, by which the places in a listing are known where names grow. */
const NEWEST = 100;
/** In so many places of a listing names may grow at the same time, such as a folder of dates for each partner. */
const PLACES_AT_MOST = 4;

interface Newest {
  readonly key: string;
  readonly at: number;
}

/**
 * Where a listing of what is new begins. Keys are listed in their order and not by age, but most keys grow: their names have a date or
 * a number in them. So what is new follows the newest objects. A key that sorts elsewhere is found by the next whole listing.
 */
export class Recent {
  #newest: Newest[] = [];
  /** Takes what a part of a listing shows, with the keys in their order. */
  note(files: readonly (readonly [key: string, file: SourceFile])[]): void {
    const oldest = this.#newest.length < NEWEST ? Number.NEGATIVE_INFINITY : (this.#newest.at(-1)?.at ?? 0);
    const newer = files.flatMap(([key, { modifiedAt: at }]) => (at >= oldest ? [{ key, at }] : []));
    if (newer.length === 0) return;
    const keys = new Set(newer.map(({ key }) => key));
    this.#newest = this.#newest
      .filter(({ key }) => !keys.has(key))
      .concat(newer)
      .sort((a, b) => b.at - a.at)
      .slice(0, NEWEST);
  }

  /** How old the oldest of the newest objects is, in ms since 1970. What has landed since the last listing is no older. */
  get since(): number {
    return this.#newest.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
  }

  /** The keys after which new ones are looked for: in each folder that has some of the newest objects, the first of them. */
  places(): string[] {
    const places = new Map<string, string>();
    for (const { key } of this.#newest) {
      const folder = /^.*\//s.exec(key)?.[0] ?? '';
      const first = places.get(folder);
      if (first === undefined && places.size === PLACES_AT_MOST) continue;
      if (first === undefined || Buffer.compare(Buffer.from(key), Buffer.from(first)) < 0)
        places.set(folder, key);
    }
    return [...places.values()];
  }
}
