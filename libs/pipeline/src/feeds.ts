import { FIRST_FEED, feedOf } from '@sluice/core';
import type { Declaration, Mistake } from '@sluice/feeds';
import type { LedgerFeed, Sql } from '@sluice/ledger';
import type { Config, Logger } from '@sluice/process';
import type { Checkpoint } from '@sluice/staging';
import { type Feed, type Place, rulesOf } from './feed.ts';
import { eventsPlace, readPlaces, sourceOf } from './feed-places.ts';
import { CleanUp } from './load/clean-up.ts';

/** What feeds share with other code. */
interface Shared {
  readonly config: Config;
  readonly log: Logger;
  readonly sql: Sql;
  checkpointOf(feed: string, keeps: boolean): Checkpoint;
}

/**
 * The feeds that this process knows: those of its YAML, and those of the ledger whose source the ledger noted. {@link refresh}
 * finds feeds that have appeared, changed or gone.
 */
export class Feeds {
  readonly #shared: Shared;
  readonly #feeds = new Map<string, Feed>();
  #declared = new Map<string, Declaration>();
  #mistakes: readonly Mistake[] = [];

  constructor(shared: Shared) {
    this.#shared = shared;
    this.#take([eventsPlace(shared.config)]);
  }

  /** All of them, by name. Before the first {@link refresh} only `events`, by the settings. */
  list(): readonly Feed[] {
    return [...this.#feeds.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  get(name: string): Feed | undefined {
    return this.#feeds.get(name);
  }

  /** The feed of a file, by its name in the ledger. Looks for the feed again if this process does not know it. */
  async ofFile(file: string): Promise<Feed | undefined> {
    const name = feedOf(file);
    if (!this.#feeds.has(name)) await this.refresh();
    return this.#feeds.get(name);
  }

  /** What this process's YAML says of a feed. Of a feed whose YAML is wrong now, what it said before. */
  declared(name: string): Declaration | undefined {
    return this.#declared.get(name);
  }

  /** What was wrong in the YAML when it was read last. */
  get mistakes(): readonly Mistake[] {
    return this.#mistakes;
  }

  /** Reads the YAML and the ledger again. A feed that has not changed stays the same object. Returns what the ledger knows. */
  async refresh(): Promise<readonly LedgerFeed[]> {
    const { all, declarations, mistakes, known } = await readPlaces(this.#shared, [
      ...this.#declared.values(),
    ]);
    this.#declared = new Map(declarations.map((one) => [one.name, one]));
    this.#mistakes = mistakes;
    this.#take(all);
    return known;
  }

  #take(places: readonly Place[]): void {
    const names = new Set(places.map(({ name }) => name));
    for (const name of this.#feeds.keys()) if (!names.has(name)) this.#feeds.delete(name);
    for (const { name, source, sourceOptions, files, cleanSource, archiveDir, quarantineDir } of places) {
      const place = { name, source, sourceOptions, files, cleanSource, archiveDir, quarantineDir };
      if (JSON.stringify(this.#feeds.get(name)?.place) !== JSON.stringify(place))
        this.#feeds.set(name, this.#make(place));
    }
  }

  *#places(): Generator<Place> {
    for (const { place } of this.#feeds.values()) yield place;
  }

  #make(place: Place): Feed {
    const { checkpointOf, ...shared } = this.#shared;
    const { name, cleanSource, archiveDir, quarantineDir } = place;
    const source = sourceOf(place, () => this.#places());
    const config = { ...shared.config, cleanSource, archiveDir, quarantineDir };
    const cleanUp = new CleanUp({ ...shared, config, source });
    const checkpoint = checkpointOf(name, !source.traits.listsRecent);
    return { name, place, source, rules: rulesOf(config), checkpoint, cleanUp };
  }
}

/** The feed of events, which code takes that means no other one. */
export function eventsOf(feeds: Feeds): Feed {
  const feed = feeds.get(FIRST_FEED);
  if (feed === undefined) throw new Error('there is no feed of events');
  return feed;
}
