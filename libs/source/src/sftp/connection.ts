import { setTimeout as sleep } from 'node:timers/promises';
import type { SourceAway } from '../errors.ts';
import type { Address } from './address.ts';
import { connectFailure } from './failure.ts';
import { type Auth, type Request, Session } from './session.ts';

/** After a failure, this process waits so long before it connects again, and twice as long after each further one. In ms. */
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 60_000;
/** A request waits so long for the next try. If it would be longer, it fails at once with the last error. */
const PATIENCE_MS = 2_000;

/** All connections of this process, so that the feeds of one server share one. */
const CONNECTIONS = new Map<string, Connection>();

/** The connection of this process to a server. */
export function connectionTo(address: Address, auth: Auth): Connection {
  const { user, host, port } = address;
  const key = JSON.stringify([user, host, port, auth]);
  const connection = CONNECTIONS.get(key) ?? new Connection(address, auth);
  CONNECTIONS.set(key, connection);
  return connection;
}

/**
 * A connection that is made when something is asked of it, and again when it was lost. A server that refuses is not pestered: the
 * time between two tries grows up to a minute.
 */
export class Connection {
  readonly #address: Address;
  readonly #auth: Auth;
  #session: Session | undefined;
  #opening: Promise<Session> | undefined;
  #failed: { readonly error: SourceAway; readonly delay: number; readonly until: number } | undefined;

  constructor(address: Address, auth: Auth) {
    this.#address = address;
    this.#auth = auth;
  }

  /** Grows as long as the server answers at all. */
  get received(): number {
    return this.#session?.received ?? 0;
  }

  /**
   * The connection as it is now, or a new one.
   *
   * @param within how long the server may be silent, in ms
   * @throws {SourceAway} when there is none, and it is too early for another try
   */
  async session(within: number): Promise<Session> {
    if (this.#session !== undefined && this.#session.lost === undefined) return this.#session;
    this.#opening ??= this.#open(within).finally(() => {
      this.#opening = undefined;
    });
    return await this.#opening;
  }

  async ask<T>(request: Request<T>, within: number): Promise<T> {
    const session = await this.session(within);
    return await session.ask(request, within);
  }

  async #open(within: number): Promise<Session> {
    const before = this.#session;
    this.#session = undefined;
    if (before?.hasAnswered) this.#failed = undefined;
    else if (before?.lost !== undefined) this.#fail(before.lost);
    if (this.#failed !== undefined) {
      const wait = this.#failed.until - performance.now();
      if (wait > PATIENCE_MS) throw this.#failed.error;
      if (wait > 0) await sleep(wait);
    }
    try {
      this.#session = await Session.open(this.#address, this.#auth, within);
      return this.#session;
    } catch (error) {
      throw this.#fail(connectFailure(error, this.#address.host));
    }
  }

  /** The workers of a fleet do not come back all at once, because the delay is partly by chance. */
  #fail(error: SourceAway): SourceAway {
    const delay = Math.min(LONGEST_DELAY_MS, 2 * (this.#failed?.delay ?? FIRST_DELAY_MS / 2));
    this.#failed = { error, delay, until: performance.now() + delay * (0.5 + Math.random() / 2) };
    return error;
  }
}
