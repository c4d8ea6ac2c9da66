import type { Stores } from '@sluice/pipeline';

/** Where a call breaks: on its way to the server, or on the way back when it is done already. */
export const BREAKS = ['request', 'reply'] as const;
export type Break = (typeof BREAKS)[number];

/** Counts the calls that one process makes to Redis and PostgreSQL, and lets the n-th of them fail. */
export class FailingCalls {
  readonly #nth: number;
  readonly #at: Break;
  #calls = 0;
  /** What failed, in words; undefined when the n-th call was never made. */
  failed: string | undefined;

  constructor(nth: number, at: Break) {
    this.#nth = nth;
    this.#at = at;
  }

  /** Goes between the stores, which are connected, and their servers. */
  intercept({ redis, sql }: Pick<Stores, 'redis' | 'sql'>): void {
    const send = redis.sendCommand.bind(redis);
    redis.sendCommand = (command, stream) => {
      if (this.#isNth(`Redis ${command.name}`)) {
        const fail = () => command.reject(failure('Connection is closed.'));
        if (this.#at === 'reply') command.resolve = fail;
        else {
          fail();
          return command.promise;
        }
      }
      return send(command, stream);
    };
    const begin = sql.begin.bind(sql) as unknown as Begin;
    this.#interceptUnsafe(sql);
    Object.assign(sql, {
      begin: (work: (transaction: Stores['sql']) => Promise<unknown>) =>
        this.#commit(begin, async (transaction) => {
          this.#interceptUnsafe(transaction);
          return await work(transaction);
        }),
    });
  }

  #interceptUnsafe(session: Stores['sql']): void {
    const unsafe = session.unsafe.bind(session) as (...args: unknown[]) => PromiseLike<unknown>;
    Object.assign(session, {
      unsafe: (...args: unknown[]) => {
        // The driver's own BEGIN: a query that is not a promise yet.
        if (String(args[0]).startsWith('begin')) return unsafe(...args);
        return this.#statement(async () => await unsafe(...args));
      },
    });
  }

  async #statement(run: () => Promise<unknown>): Promise<unknown> {
    const fails = this.#isNth('PostgreSQL statement');
    if (fails && this.#at === 'request') throw failure(lost);
    const result = await run();
    if (fails) throw failure(lost);
    return result;
  }

  /** A transaction that fails before its COMMIT arrives is rolled back; one whose reply is lost stands. */
  async #commit(begin: Begin, work: (transaction: Stores['sql']) => Promise<unknown>): Promise<unknown> {
    let fails = false;
    const result = await begin(async (transaction) => {
      const done = await work(transaction);
      fails = this.#isNth('PostgreSQL COMMIT');
      if (fails && this.#at === 'request') throw failure(lost);
      return done;
    });
    if (fails) throw failure(lost);
    return result;
  }

  #isNth(what: string): boolean {
    this.#calls += 1;
    if (this.#calls !== this.#nth) return false;
    this.failed = what;
    return true;
  }
}

type Begin = (work: (transaction: Stores['sql']) => Promise<unknown>) => Promise<unknown>;

const lost = 'the connection was reset';

/** As the drivers would say it. */
function failure(message: string): Error {
  return Object.assign(new Error(message), { code: 'ECONNRESET' });
}
