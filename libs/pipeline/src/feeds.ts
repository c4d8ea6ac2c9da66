import { feedOf, isSourceName } from '@sluice/core';
import type { Sql } from '@sluice/ledger';
import type { Config, Logger } from '@sluice/process';
import { SourceFolder } from '@sluice/source';
import type { Checkpoint } from '@sluice/staging';
import { type Declaration, EVENTS, eventsDeclaration, type Feed, prefixOf, rulesOf } from './feed.ts';
import { CleanUp } from './load/clean-up.ts';

/** What feeds share with other code. */
interface Shared {
  readonly config: Config;
  readonly log: Logger;
  readonly sql: Sql;
  checkpointOf(feed: string): Checkpoint;
}

/** The feeds that this process knows. {@link refresh} finds those that have appeared, changed or gone. */
export class Feeds {
  readonly #shared: Shared;
  readonly #feeds = new Map<string, Feed>();

  constructor(shared: Shared) {
    this.#shared = shared;
    this.#take([eventsDeclaration(shared.config)]);
  }

  /** All of them, by name. */
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

  /** Reads the declarations again. A feed that has not changed stays the same object. */
  async refresh(): Promise<void> {
    this.#take([eventsDeclaration(this.#shared.config)]);
  }

  #take(declared: readonly Declaration[]): void {
    const names = new Set(declared.map(({ name }) => name));
    for (const name of this.#feeds.keys()) if (!names.has(name)) this.#feeds.delete(name);
    for (const declaration of declared) {
      const known = this.#feeds.get(declaration.name)?.declaration;
      if (JSON.stringify(known) === JSON.stringify(declaration)) continue;
      this.#feeds.set(declaration.name, makeFeed(declaration, this.#shared));
    }
  }
}

function makeFeed(declaration: Declaration, { checkpointOf, ...shared }: Shared): Feed {
  const { name, cleanSource, archiveDir, quarantineDir } = declaration;
  const source = new SourceFolder(declaration.source, isSourceName, prefixOf(name));
  const config = { ...shared.config, cleanSource, archiveDir, quarantineDir };
  return {
    ...{ name, declaration, source, names: isSourceName },
    rules: rulesOf(config),
    checkpoint: checkpointOf(name),
    cleanUp: new CleanUp({ ...shared, config, folder: source }),
  };
}

/** The feed of events, which code takes that means no other one. */
export function eventsOf(feeds: Feeds): Feed {
  const feed = feeds.get(EVENTS);
  if (feed === undefined) throw new Error('there is no feed of events');
  return feed;
}
