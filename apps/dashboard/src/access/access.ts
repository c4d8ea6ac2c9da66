import { createHmac, randomBytes } from 'node:crypto';
import { type Rights, showsMetricsToken, type User, type UsersFileError, useLink } from '@sluice/access';
import { type Config, ErrorWithHint, type Logger, messageOf } from '@sluice/process';
import type { FastifyRequest } from 'fastify';
import { Attempts } from './attempts.ts';
import { type LogInEntry, LogIns } from './log-ins.ts';
import { isLoopback, networkOf } from './origin.ts';
import { Sessions } from './sessions.ts';
import { Users } from './users.ts';

/** Who is asking. `csrf` must come with every action, so that another site cannot act in the visitor's name. */
export interface Visitor extends Rights {
  readonly name: string;
  readonly mayAct: boolean;
  readonly csrf: string;
  readonly by: 'session' | 'password' | 'token';
}

/** Who is asking. `tooMany`: seconds to wait after too many wrong passwords. `shut`: why nobody can log in. */
interface Identified {
  readonly visitor?: Visitor;
  readonly tooMany?: number;
  readonly shut?: UsersFileError;
}

/** The error when the dashboard must not start with its settings. */
export class DashboardRefused extends ErrorWithHint {
  override readonly name = 'DashboardRefused';
}

/** The name of the session cookie. */
export const COOKIE = 'sluice_session';
const REMEMBER_MS = 5 * 60_000;
const REMEMBERED = 1_000;
const BUSY_SECONDS = 5;
/** The user who logs in with a link. Anyone who can make a link can read and write DATA_DIR, so they may act as an operator. */
const OWNER = { name: 'local', role: 'operator', values: true } as const;

/** Decides who may log in, and with which rights. */
export class Access {
  readonly users: Users;
  readonly sessions = new Sessions();
  readonly readOnly: boolean;
  readonly #attempts = new Attempts();
  readonly #logIns: LogIns;
  readonly #log: Logger;
  readonly #config: Config;
  readonly #key = randomBytes(32);
  /** Recent correct passwords of programs. Running scrypt on every scrape would be too slow. */
  readonly #right = new Map<string, { readonly hash: string; readonly until: number }>();

  private constructor(users: Users, config: Config, log: Logger, logIns: LogIns) {
    this.users = users;
    this.readOnly = config.dashboardReadOnly === 'on';
    this.#config = config;
    this.#log = log;
    this.#logIns = logIns;
  }

  /**
   * @param audit writes an entry to the audit
   * @throws {DashboardRefused} when others could reach a dashboard that has no users
   */
  static async open(
    config: Config,
    log: Logger,
    audit: (entry: LogInEntry) => Promise<unknown>,
  ): Promise<Access> {
    const users = await Users.open(config, log);
    if (users.door.kind === 'link' && !isLoopback(config.dashboardHost)) {
      throw new DashboardRefused(
        `DASHBOARD_HOST is ${config.dashboardHost}, so others could reach the dashboard, but it has no users`,
        'make one with "npm run sluice -- user add NAME --role operator", or set DASHBOARD_PASSWORD, or leave DASHBOARD_HOST at 127.0.0.1',
      );
    }
    return new Access(users, config, log, new LogIns(log, audit));
  }

  /** Whether the request shows METRICS_TOKEN, which is for `/metrics` alone. */
  maySeeMetrics({ headers }: FastifyRequest): boolean {
    return showsMetricsToken(this.#config, headers.authorization);
  }

  /** Finds out who is asking. The result has no visitor if that is not known. */
  async identify(request: FastifyRequest): Promise<Identified> {
    const { door } = this.users;
    if (door.kind === 'shut') return { shut: door.why };
    const inSession = this.#inSession(request);
    if (inSession !== undefined) return { visitor: inSession };
    const { authorization } = request.headers;
    const program = this.users.byToken(authorization);
    if (program !== undefined) {
      this.#logIns.shown(program.name, 'token', request.ip);
      return { visitor: this.#visitor(program, 'token') };
    }
    if (/^Bearer /i.test(authorization ?? '')) this.#logIns.failed(undefined, 'token', 'wrong', request.ip);
    const credentials = basicOf(request);
    if (credentials === undefined) return {};
    const result = await this.#check(credentials, request.ip);
    if (typeof result === 'number') return { tooMany: result };
    if (result === undefined) return {};
    this.#logIns.shown(result.name, 'password', request.ip);
    return { visitor: this.#visitor(result, 'password') };
  }

  #inSession(request: FastifyRequest): Visitor | undefined {
    const session = this.sessions.find(cookieOf(request) ?? '');
    if (session === undefined) return undefined;
    const { user, csrf } = session;
    if (user === null) {
      // Once there are users, a session begun with a link is no longer valid.
      const link = this.users.door.kind === 'link';
      return link ? { ...this.#visitor(OWNER, 'session'), csrf } : undefined;
    }
    const known = this.users.find(user.name);
    return known?.scrypt?.hash === user.hash ? { ...this.#visitor(known, 'session'), csrf } : undefined;
  }

  /** Returns the cookie value of a new session, undefined if name or password is wrong, or the seconds to wait. */
  async logIn(credentials: Credentials, address: string): Promise<string | number | undefined> {
    const user = await this.#check(credentials, address);
    if (typeof user !== 'object') return user;
    this.#logIns.good(user.name, 'password', address);
    return this.sessions.begin({ name: user.name, hash: user.scrypt?.hash ?? '' });
  }

  /** Returns the cookie value of a new session, or undefined if the token does not belong to a valid, unused link. */
  followLink(token: string, address: string): string | undefined {
    if (this.users.door.kind !== 'link') return undefined;
    try {
      if (useLink(this.#config, token)) {
        this.#logIns.good(OWNER.name, 'link', address);
        return this.sessions.begin(null);
      }
    } catch (error) {
      this.#log.error({ reason: messageOf(error) }, 'a link is not taken');
    }
    this.#logIns.failed(undefined, 'link', 'wrong', address);
    return undefined;
  }

  /** Returns the user, undefined if name or password is wrong, or the seconds to wait after too many failures. */
  async #check({ name, password }: Credentials, address: string): Promise<User | number | undefined> {
    const right = this.#keyOf('right', name, password);
    const known = this.users.find(name);
    const lately = this.#right.get(right);
    if (known && lately && known.scrypt?.hash === lately.hash && lately.until > Date.now()) return known;
    const network = networkOf(address);
    const attempt = this.#keyOf('attempt', network, name);
    const wait = this.#attempts.wait(attempt);
    if (wait > 0) {
      this.#logIns.failed(known?.name, 'password', 'too many', address);
      return wait;
    }
    // The attempt counts as failed before the check, so that simultaneous attempts count too.
    this.#attempts.failed(attempt);
    const user = await this.users.check(name, password, network);
    if (user === 'busy' || user === undefined) {
      this.#logIns.failed(known?.name, 'password', user ?? 'wrong', address);
      return user && BUSY_SECONDS;
    }
    this.#attempts.succeeded(attempt);
    for (const old of this.#right.keys()) if (this.#right.size >= REMEMBERED) this.#right.delete(old);
    this.#right.set(right, { hash: user.scrypt?.hash ?? '', until: Date.now() + REMEMBER_MS });
    return user;
  }

  #visitor({ name, role, values }: Pick<User, 'name'> & Rights, by: Visitor['by']): Visitor {
    return {
      ...{ name, role, values, by },
      csrf: this.#keyOf('csrf', name),
      mayAct: role === 'operator' && !this.readOnly,
    };
  }

  /** A key that has the same length for any input and cannot be guessed from outside. */
  #keyOf(...parts: readonly string[]): string {
    return createHmac('sha256', this.#key).update(JSON.stringify(parts)).digest('base64url');
  }
}

interface Credentials {
  readonly name: string;
  readonly password: string;
}

/** The value of the session cookie in this request. */
export function cookieOf(request: FastifyRequest): string | undefined {
  const cookies = (request.headers.cookie ?? '').split(/; */);
  return cookies.find((cookie) => cookie.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1);
}

function basicOf(request: FastifyRequest): Credentials | undefined {
  const [, encoded] = /^Basic ([A-Za-z0-9+/=]{1,2000})$/i.exec(request.headers.authorization ?? '') ?? [];
  const [, name, password] =
    /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString('utf8')) ?? [];
  return name === undefined || password === undefined ? undefined : { name, password };
}
