import { type Logger, messageOf } from '@sluice/process';
import { networkOf } from './origin.ts';

/** Why a log-in failed. */
type Outcome = 'wrong' | 'too many' | 'busy';
export type LogInWay = 'password' | 'link' | 'token';

/** An entry for the audit. */
export interface LogInEntry {
  readonly action: 'log_in' | 'log_in_failed';
  readonly subject: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly who: string;
}

/** This many failures are written at once, then one per minute, so that a thousand tries cannot fill the log and the audit. */
const BURST = 20;
const REFILL_MS = 60_000;
/** A program sends its password or token with each request, so its log-in is written only once a day. */
const AGAIN_MS = 24 * 3_600_000;
const REMEMBERED = 1_000;

/** Writes log-ins and failed ones to the log and the audit. An unknown name is left out, because it may be a password. */
export class LogIns {
  readonly #log: Logger;
  readonly #write: (entry: LogInEntry) => Promise<unknown>;
  readonly #told = new Map<string, number>();
  #allowed = BURST;
  #countedAt = Date.now();
  #unwritten = 0;
  /** Settles once the entries so far are written, or failed. */
  #written: Promise<unknown> = Promise.resolve();

  constructor(log: Logger, write: (entry: LogInEntry) => Promise<unknown>) {
    this.#log = log;
    this.#write = write;
  }

  good(name: string, by: LogInWay, address: string): void {
    this.#log.info({ name, by, address }, 'a log-in to the dashboard');
    this.#audit({ action: 'log_in', subject: name, detail: { by }, who: `${name}@${address}` });
  }

  /** Notes a log-in that comes with each request. It is written once a day per network. */
  shown(name: string, by: LogInWay, address: string): void {
    const key = `${name} ${by} ${networkOf(address)}`;
    const now = Date.now();
    if (now - (this.#told.get(key) ?? Number.NEGATIVE_INFINITY) < AGAIN_MS) return;
    for (const old of this.#told.keys()) if (this.#told.size >= REMEMBERED) this.#told.delete(old);
    this.#told.set(key, now);
    this.good(name, by, address);
  }

  /** @param name the user's name, or undefined if there is no user with the name that was given */
  failed(name: string | undefined, by: LogInWay, outcome: Outcome, address: string): void {
    const now = Date.now();
    const refilled = Math.floor((now - this.#countedAt) / REFILL_MS);
    this.#allowed = Math.min(BURST, this.#allowed + refilled);
    this.#countedAt += refilled * REFILL_MS;
    if (this.#allowed < 1) {
      this.#unwritten += 1;
      return;
    }
    this.#allowed -= 1;
    const before = this.#unwritten === 0 ? {} : { unwrittenBefore: this.#unwritten };
    this.#unwritten = 0;
    const subject = name ?? 'no user';
    this.#log.warn({ name: subject, by, outcome, address, ...before }, 'a log-in to the dashboard failed');
    const detail = { by, outcome, ...before };
    this.#audit({ action: 'log_in_failed', subject, detail, who: `nobody@${address}` });
  }

  /**
   * Writes one entry after the other, because two connections could swap them. If PostgreSQL is away, people can still log in. The
   * log-in is then only in the log.
   */
  #audit(entry: LogInEntry): void {
    const write = () => this.#write(entry);
    this.#written = this.#written.then(write).catch((error: unknown) => {
      const reason = messageOf(error);
      this.#log.warn({ reason, action: entry.action, who: entry.who }, 'a log-in is not in the audit');
    });
  }
}
