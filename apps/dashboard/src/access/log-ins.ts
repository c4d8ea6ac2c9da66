import { type Logger, messageOf } from '@sluice/process';
import { networkOf } from './origin.ts';

/** What came of a log-in. */
type Outcome = 'wrong' | 'too many' | 'busy';
export type LogInWay = 'password' | 'link' | 'token';

/** An entry of the audit. */
export interface LogInEntry {
  readonly action: 'log_in' | 'log_in_failed';
  readonly subject: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly who: string;
}

/** So many failures are written at once, and then one a minute: whoever tries a thousand does not fill log and audit. */
const BURST = 20;
const REFILL_MS = 60_000;
/** A program shows its password or token with each question: once a day is written. */
const AGAIN_MS = 24 * 3_600_000;
const REMEMBERED = 1_000;

/** Writes log-ins, good and failed, to log and audit. Of a failed one the name only where there is such a user: it may be a password. */
export class LogIns {
  readonly #log: Logger;
  readonly #write: (entry: LogInEntry) => Promise<unknown>;
  readonly #told = new Map<string, number>();
  #allowed = BURST;
  #countedAt = Date.now();
  #unwritten = 0;

  constructor(log: Logger, write: (entry: LogInEntry) => Promise<unknown>) {
    this.#log = log;
    this.#write = write;
  }

  good(name: string, by: LogInWay, address: string): void {
    this.#log.info({ name, by, address }, 'a log-in to the dashboard');
    this.#audit({ action: 'log_in', subject: name, detail: { by }, who: `${name}@${address}` });
  }

  /** One who shows himself with each question is written once a day from each network. */
  shown(name: string, by: LogInWay, address: string): void {
    const key = `${name} ${by} ${networkOf(address)}`;
    const now = Date.now();
    if (now - (this.#told.get(key) ?? Number.NEGATIVE_INFINITY) < AGAIN_MS) return;
    for (const old of this.#told.keys()) if (this.#told.size >= REMEMBERED) this.#told.delete(old);
    this.#told.set(key, now);
    this.good(name, by, address);
  }

  /** @param name of a user; undefined when there is none of the name that was given */
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

  /** Nobody is kept out because PostgreSQL is away: then the log alone has it. */
  #audit(entry: LogInEntry): void {
    this.#write(entry).catch((error: unknown) => {
      const reason = messageOf(error);
      this.#log.warn({ reason, action: entry.action, who: entry.who }, 'a log-in is not in the audit');
    });
  }
}
