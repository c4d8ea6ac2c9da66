import type { Stores } from '../stores.ts';
import { Backoff } from './backoff.ts';

/**
 * The feeds that have found no room in staging. Their files are not read until half of their share is free again: a file that is
 * given back is read again from its beginning, which must not happen for the sake of a few chunks.
 */
export class Room {
  readonly #stores: Pick<Stores, 'config' | 'log' | 'staging'>;
  readonly #backoff = new Backoff();

  constructor(stores: Pick<Stores, 'config' | 'log' | 'staging'>) {
    this.#stores = stores;
  }

  /** How long a file of this feed must wait, in ms; undefined when it may be read. */
  async wait(feed: string): Promise<number | undefined> {
    if (!this.#backoff.has(feed)) return undefined;
    const { config, log, staging } = this.#stores;
    if (!(await staging.hasRoom(feed, config.stagingMaxBytes))) return this.#backoff.next(feed);
    this.#backoff.over(feed);
    log.info({ feed }, 'staging has room for this feed again');
    return undefined;
  }

  /** Call it when a file of this feed found no room. Returns how long the file must wait, in ms. */
  refused(feed: string): number {
    const first = !this.#backoff.has(feed);
    if (first) this.#stores.log.warn({ feed }, 'staging has no room for this feed: its files wait');
    return this.#backoff.next(feed);
  }
}
