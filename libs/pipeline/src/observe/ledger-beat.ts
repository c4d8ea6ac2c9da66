import { setTimeout as delay } from 'node:timers/promises';
import { type LedgerProcess, noteBeat, noteBegin, noteEnd } from '@sluice/ledger';
import { messageOf } from '@sluice/process';
import { SILENT_MS } from '@sluice/staging';
import type { Stores } from '../stores.ts';

/** An orderly end does not wait longer than this for PostgreSQL. If it does not answer, the process is missed until it is acknowledged. */
const END_WITHIN_MS = 2_000;

type Self = Pick<LedgerProcess, 'id' | 'role' | 'host'>;

/**
 * Notes in the ledger that a process began, is there, and ended in order, so that one that dies is missed however long ago that was. A
 * note that fails is left out: the next one comes in a few seconds.
 */
export class LedgerBeat {
  readonly #self: Self;
  readonly #stores: Pick<Stores, 'sql' | 'log'>;
  #processNo: number | undefined;
  #noting: Promise<void> | undefined;

  constructor(self: Self, stores: Pick<Stores, 'sql' | 'log'>) {
    this.#self = self;
    this.#stores = stores;
  }

  /** Is not awaited, and does nothing while the note before it has not come through. */
  beat(): void {
    this.#noting ??= this.#note().finally(() => {
      this.#noting = undefined;
    });
  }

  async end(): Promise<void> {
    const late = new AbortController();
    const ended = (async () => {
      await this.#noting;
      const number = this.#processNo;
      if (number !== undefined) await this.#quietly(() => noteEnd(this.#stores.sql, number));
    })();
    await Promise.race([ended, delay(END_WITHIN_MS, undefined, { signal: late.signal })]);
    late.abort();
  }

  async #note(): Promise<void> {
    const { sql } = this.#stores;
    const number = this.#processNo;
    await this.#quietly(async () => {
      if (number !== undefined) await noteBeat(sql, number);
      else this.#processNo = await noteBegin(sql, this.#self, SILENT_MS);
    });
  }

  async #quietly(note: () => Promise<void>): Promise<void> {
    try {
      await note();
    } catch (error) {
      this.#stores.log.debug(
        { reason: messageOf(error) },
        'the ledger does not know that this process is there',
      );
    }
  }
}
