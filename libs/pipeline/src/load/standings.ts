import type { ContractNo } from '@sluice/core';
import { type LedgerFeed, ledgerFeeds } from '@sluice/ledger';
import type { Stores } from '../stores.ts';

/** How long what the ledger has said of the feeds is taken for true, in ms. */
const GOOD_FOR_MS = 1_000;

/**
 * What the ledger says of the feeds. It is asked once a second at most, so that the first try of a file asks it for nothing. If a
 * feed gets another contract or is set aside within that second, what was just read of it is read again: no commit takes chunks of
 * a contract that their file no longer has, and each flush drops the chunks of a feed that is set aside.
 */
export class Standings {
  readonly #stores: Pick<Stores, 'sql'>;
  #feeds: Promise<readonly LedgerFeed[]> | undefined;
  #askedAt = 0;

  constructor(stores: Pick<Stores, 'sql'>) {
    this.#stores = stores;
  }

  /** Whether files of this feed are loaded by this contract now. */
  async loads(feed: string, contract: ContractNo): Promise<boolean> {
    const now = performance.now();
    if (this.#feeds === undefined || now - this.#askedAt > GOOD_FOR_MS) {
      this.#askedAt = now;
      this.#feeds = ledgerFeeds(this.#stores.sql);
    }
    const asked = this.#feeds;
    try {
      const known = (await asked).find((one) => one.feed === feed);
      return known !== undefined && known.asideAt === null && known.contractNo === contract;
    } catch (error) {
      if (this.#feeds === asked) this.#feeds = undefined;
      throw error;
    }
  }
}
