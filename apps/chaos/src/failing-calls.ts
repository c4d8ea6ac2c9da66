import type { FeedStores } from '@sluice/pipeline';
// biome-ignore lint/style/noRestrictedImports: makes calls fail below the level of the verbs
import { Redis } from 'ioredis';

/** Where a call breaks: on its way to the server, or on the way back, after the server has done it. */
export const BREAKS = ['request', 'reply'] as const;
export type Break = (typeof BREAKS)[number];

/** Counts the calls that one process makes to Redis and PostgreSQL, and makes the n-th one fail. */
export class FailingCalls {
  readonly #nth: number;
  readonly #at: Break;
  #calls = 0;
  /** The call that failed, in words. Undefined if the n-th call was never made. */
  failed: string | undefined;

  constructor(nth: number, at: Break) {
    this.#nth = nth;
    this.#at = at;
  }

  /**
   * Intercepts the calls from the connected stores to their servers, until the returned function is called. The staging does
   * not expose its connection, so this intercepts every Redis connection of the process.
   */
  intercept({ sql }: Pick<FeedStores, 'sql'>): () => void {
    const isNth = (name: string) => this.#isNth(`Redis ${name}`);
    const at = this.#at;
    const send = Redis.prototype.sendCommand;
    Redis.prototype.sendCommand = function (this: Redis, command, stream) {
      if (isNth(command.name)) {
        const fail = () => command.reject(failure('Connection is closed.'));
        if (at === 'reply') command.resolve = fail;
        else {
          fail();
          return command.promise;
        }
      }
      return send.call(this, command, stream);
    };
    this.#interceptSql(sql);
    return () => {
      Redis.prototype.sendCommand = send;
    };
  }

  #interceptSql(sql: FeedStores['sql']): void {
    const begin = sql.begin.bind(sql) as unknown as Begin;
    this.#interceptUnsafe(sql);
    Object.assign(sql, {
      begin: (mode: string, work: (transaction: FeedStores['sql']) => Promise<unknown>) =>
        this.#commit(begin, mode, async (transaction) => {
          this.#interceptUnsafe(transaction);
          return await work(transaction);
        }),
    });
  }

  #interceptUnsafe(session: FeedStores['sql']): void {
    const unsafe = session.unsafe.bind(session) as (...args: unknown[]) => PromiseLike<unknown>;
    Object.assign(session, {
      unsafe: (...args: unknown[]) => {
        // The driver's own BEGIN must stay a query object, so it is not wrapped in a promise.
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

  /** A transaction that fails before its COMMIT arrives is rolled back. One whose reply is lost stays committed. */
  async #commit(begin: Begin, ...[mode, work]: Parameters<Begin>): Promise<unknown> {
    let fails = false;
    const result = await begin(mode, async (transaction) => {
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

type Begin = (mode: string, work: (transaction: FeedStores['sql']) => Promise<unknown>) => Promise<unknown>;

const lost = 'the connection was reset';

/** An error like those of the drivers. */
function failure(message: string): Error {
  return Object.assign(new Error(message), { code: 'ECONNRESET' });
}
