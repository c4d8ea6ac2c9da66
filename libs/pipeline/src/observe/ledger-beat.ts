import { setTimeout as delay } from 'node:timers/promises';
import { type LedgerProcess, noteBeat, noteBegin, noteEnd } from '@sluice/ledger';
import { messageOf } from '@sluice/process';
import { SILENT_MS } from '@sluice/staging';
import type { Stores } from '../stores.ts';

/** An orderly end does not wait longer than this for either server. If neither answers, the process is missed until it is acknowledged. */
const END_WITHIN_MS = 2_000;

/**
 * A process that is known to the ledger is noted again after this time, and not with each heartbeat: a note is a commit, which the server
 * writes to its disk, and twice in {@link SILENT_MS} is enough.
 */
const NOTE_AGAIN_MS = 12_000;

type Self = Pick<LedgerProcess, 'id' | 'role' | 'host'>;

/**
 * Notes in the ledger that a process began, is there, and ended in order, so that one that dies is missed however long ago that was. A
 * note that fails is left out: the next one comes in a few seconds.
 */
export class LedgerBeat {
  readonly #self: Self;
  readonly #stores: Pick<Stores, 'sql' | 'log' | 'fleet'>;
  #processNo: number | undefined;
  #noting: Promise<void> | undefined;
  /** When the ledger last took a note, on this process's clock. */
  #notedAt = Number.NEGATIVE_INFINITY;

  constructor(self: Self, stores: Pick<Stores, 'sql' | 'log' | 'fleet'>) {
    this.#self = self;
    this.#stores = stores;
  }

  /** Is not awaited, and does nothing while the note before it has not come through, or is recent. */
  beat(): void {
    if (performance.now() - this.#notedAt < NOTE_AGAIN_MS) return;
    this.#noting ??= this.#note().finally(() => {
      this.#noting = undefined;
    });
  }

  /** Notes the end in the ledger; where PostgreSQL is away, in Redis. */
  async end(): Promise<void> {
    const told = await inTime(async () => {
      await this.#noting;
      return await this.#quietly(() => this.#ended((number) => noteEnd(this.#stores.sql, number)));
    });
    if (told === true) return;
    await inTime(() => this.#quietly(() => this.#ended((number) => this.#stores.fleet.noteEnd(number))));
  }

  /** A process that never reached the ledger is not missed there. */
  async #ended(note: (processNo: number) => Promise<void>): Promise<void> {
    if (this.#processNo !== undefined) await note(this.#processNo);
  }

  async #note(): Promise<void> {
    const { sql } = this.#stores;
    const number = this.#processNo;
    await this.#quietly(async () => {
      if (number !== undefined) await noteBeat(sql, number);
      else this.#processNo = await noteBegin(sql, this.#self, SILENT_MS);
      this.#notedAt = performance.now();
    });
  }

  async #quietly(note: () => Promise<void>): Promise<boolean> {
    try {
      await note();
      return true;
    } catch (error) {
      this.#stores.log.debug(
        { reason: messageOf(error) },
        'the ledger does not know that this process is there, or that it ended',
      );
      return false;
    }
  }
}

async function inTime(note: () => Promise<boolean>): Promise<boolean | undefined> {
  const late = new AbortController();
  const deadline = delay(END_WITHIN_MS, undefined, { signal: late.signal }).catch(() => undefined);
  const told = await Promise.race([note(), deadline]);
  late.abort();
  return told;
}
