import { setTimeout as delay } from 'node:timers/promises';
import { classify, PostgresFailure, postgresVersion } from '@sluice/ledger';
import type { FeedStores } from '@sluice/pipeline';
import { messageOf } from '@sluice/process';

export type ServerName = 'postgres' | 'redis';

/** Whether a server is up, and since when it has been up or away. */
export interface ServerState {
  readonly up: boolean;
  readonly since: Date;
  readonly reason: string | null;
}

/** The error when a question cannot be answered because a server is away. */
export class ServerAway extends Error {
  override readonly name = 'ServerAway';
  readonly server: ServerName;
  readonly since: Date;

  constructor(server: ServerName, { since, reason }: ServerState) {
    super(`${SHOWN[server]} is away: ${reason ?? 'no reason is known'}`);
    this.server = server;
    this.since = since;
  }
}

const SHOWN = { postgres: 'PostgreSQL', redis: 'Redis' } as const;
const PROBE_EVERY_MS = 2_000;
/** People who look at a page should not have to wait longer. */
const ANSWER_WITHIN_MS = 8_000;

/** Keeps track of whether both servers are up, from probes and from every question to them. */
export class ServerWatch {
  readonly #stores: FeedStores;
  readonly #states: Record<ServerName, ServerState>;

  constructor(stores: FeedStores) {
    this.#stores = stores;
    const unknown = { up: true, since: new Date(), reason: null };
    this.#states = { postgres: unknown, redis: unknown };
  }

  get states(): Readonly<Record<ServerName, ServerState>> {
    return this.#states;
  }

  /** Probes until `stopping` fires. */
  async probe(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      await this.look();
      await delay(PROBE_EVERY_MS, undefined, { signal: stopping }).catch(() => undefined);
    }
  }

  /** Checks whether both servers are up. */
  async look(): Promise<void> {
    const { sql, redis } = this.#stores;
    const questions = { postgres: () => postgresVersion(sql), redis: () => redis.ping() };
    await Promise.all((['postgres', 'redis'] as const).map((name) => this.#probeOne(name, questions[name])));
  }

  async #probeOne(name: ServerName, question: () => Promise<unknown>): Promise<void> {
    try {
      await within(question());
      this.#note(name, null);
    } catch (error) {
      this.#note(name, reasonOf(name, error) ?? messageOf(error));
    }
  }

  /**
   * Asks one server or both a question. Throws {@link ServerAway} at once while one of them is away.
   *
   * @param o.patiently whether the question has no time limit, because it reads files or tries many rows
   */
  async ask<T>(
    names: ServerName | readonly ServerName[],
    question: () => Promise<T>,
    { patiently = false }: { readonly patiently?: boolean } = {},
  ): Promise<T> {
    const asked = typeof names === 'string' ? [names] : names;
    const away = asked.find((name) => !this.#states[name].up);
    if (away !== undefined) throw new ServerAway(away, this.#states[away]);
    try {
      return await (patiently ? question() : within(question()));
    } catch (error) {
      // One slow answer is not an outage. The probe finds out whether it is one.
      if (error instanceof NoAnswer) {
        const slow = { up: false, since: new Date(), reason: error.message };
        throw new ServerAway(asked[0] ?? 'postgres', slow);
      }
      for (const name of asked) {
        const reason = reasonOf(name, error);
        if (reason === undefined) continue;
        this.#note(name, reason);
        throw new ServerAway(name, this.#states[name]);
      }
      throw error;
    }
  }

  /** Like {@link ask}, but gives null while a server is away, so that only one panel of several is empty. */
  async askOrNull<T>(
    names: ServerName | readonly ServerName[],
    question: () => Promise<T>,
  ): Promise<T | null> {
    try {
      return await this.ask(names, question);
    } catch (error) {
      if (error instanceof ServerAway) return null;
      throw error;
    }
  }

  #note(name: ServerName, reason: string | null): void {
    const before = this.#states[name];
    const up = reason === null;
    if (before.up !== up) {
      const about = { server: SHOWN[name], ...(reason !== null && { reason }) };
      if (up) this.#stores.log.info(about, 'a server is back');
      else this.#stores.log.warn(about, 'a server is away: the dashboard goes on without it');
    }
    this.#states[name] = { up, since: before.up === up ? before.since : new Date(), reason };
  }
}

class NoAnswer extends Error {}

async function within<T>(answer: Promise<T>): Promise<T> {
  const patience = new AbortController();
  const tooLate = delay(ANSWER_WITHIN_MS, undefined, { signal: patience.signal }).then(() => {
    throw new NoAnswer(`no answer within ${ANSWER_WITHIN_MS / 1000} s`);
  });
  tooLate.catch(() => undefined); // The abort rejects this promise, which is expected.
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    patience.abort();
  }
}

/** Why a server cannot answer now, or undefined for other kinds of errors. */
function reasonOf(name: ServerName, error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (name === 'postgres') {
    const failure = classify(error);
    return failure instanceof PostgresFailure && failure.kind === 'outage' ? failure.message : undefined;
  }
  const away =
    /^(Connection is closed|Stream isn't writeable|Command timed out|LOADING |WRONGPASS |NOAUTH )|max retries per request|ECONN|EPIPE/i;
  if (!away.test(error.message)) return undefined;
  return error.message.replace(/^Stream isn't writeable.*/, 'it cannot be reached');
}
