import { messageOf } from '@sluice/process';
import { SourceAway } from '@sluice/source';
import type { Stores } from '../stores.ts';

/** Logs once what is wrong, and once that it is over. */
export class Trouble {
  readonly #log: Stores['log'];
  readonly #about: { readonly feed?: string };
  #told: string | undefined;

  constructor(log: Stores['log'], about: { readonly feed?: string } = {}) {
    this.#log = log;
    this.#about = about;
  }

  /** Returns whether it is new. */
  tell(error: unknown): boolean {
    const reason = messageOf(error);
    const isNew = reason !== this.#told;
    if (isNew)
      this.#log.warn(
        { ...this.#about, reason, ...(error instanceof SourceAway && { hint: error.hint }) },
        'cannot look for files now; trying again until it works',
      );
    this.#told = reason;
    return isNew;
  }

  /** Returns whether there was trouble. */
  over(): boolean {
    const was = this.#told !== undefined;
    if (was) this.#log.info(this.#about, 'looking for files again');
    this.#told = undefined;
    return was;
  }
}
