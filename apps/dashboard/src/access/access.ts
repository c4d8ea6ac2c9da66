import { createHmac, randomBytes } from 'node:crypto';
import type { Config, Logger, User, UserRole } from '@sluice/runtime';
import type { FastifyRequest } from 'fastify';
import { Attempts } from './attempts.ts';
import { isLoopback, networkOf } from './origin.ts';
import { Sessions } from './sessions.ts';
import { Users } from './users.ts';

/** Who asks. `csrf`: what he must show with an action, so that another site cannot act in his name. */
export interface Visitor {
  readonly name: string;
  readonly role: UserRole;
  readonly mayAct: boolean;
  readonly csrf: string;
  readonly by: 'local' | 'session' | 'password';
}

/** The dashboard must not start like this. */
export class DashboardRefused extends Error {
  override readonly name = 'DashboardRefused';
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/** Name of the cookie. */
export const COOKIE = 'sluice_session';
const REMEMBER_MS = 5 * 60_000;
const REMEMBERED = 1_000;

/** Who may come in, and as what. */
export class Access {
  readonly users: Users;
  readonly sessions = new Sessions();
  readonly attempts = new Attempts();
  readonly readOnly: boolean;
  readonly #loopback: boolean;
  readonly #key = randomBytes(32);
  /** Passwords of machines that were right lately: scrypt is too slow for each scrape. */
  readonly #right = new Map<
    string,
    { readonly name: string; readonly hash: string; readonly until: number }
  >();

  private constructor(users: Users, config: Config) {
    this.users = users;
    this.readOnly = config.dashboardReadOnly === 'on';
    this.#loopback = isLoopback(config.dashboardHost);
  }

  /** @throws {DashboardRefused} when others could reach a dashboard that has no users */
  static async open(config: Config, log: Logger): Promise<Access> {
    const access = new Access(await Users.open(config, log), config);
    if (!access.#loopback && !access.users.any) {
      throw new DashboardRefused(
        `DASHBOARD_HOST is ${config.dashboardHost}, so others could reach the dashboard, but it has no users`,
        'make one with "npm run sluice -- user add NAME --role operator", or set DASHBOARD_PASSWORD, or leave DASHBOARD_HOST at 127.0.0.1',
      );
    }
    return access;
  }

  /** True while there are no users: then whoever sits at this machine is the operator, and nobody else comes in. */
  get local(): boolean {
    return this.#loopback && !this.users.any;
  }

  /** Who asks; undefined when that is not known. `tooMany`: seconds to wait after too many wrong passwords. */
  async identify(request: FastifyRequest): Promise<{ visitor?: Visitor; tooMany?: number }> {
    if (this.local) return { visitor: this.#visitor({ name: 'local', role: 'operator' }, 'local') };
    const session = this.sessions.find(cookieOf(request) ?? '');
    if (session !== undefined) {
      const user = this.users.find(session.name);
      if (user?.scrypt.hash === session.hash) {
        return { visitor: { ...this.#visitor(user, 'session'), csrf: session.csrf } };
      }
    }
    const credentials = basicOf(request);
    if (credentials === undefined) return {};
    const result = await this.logIn(credentials, request.ip);
    return typeof result === 'number'
      ? { tooMany: result }
      : result
        ? { visitor: this.#visitor(result, 'password') }
        : {};
  }

  /** The user, undefined when name or password is wrong, or the seconds to wait after too many of those. */
  async logIn(
    { name, password }: { readonly name: string; readonly password: string },
    address: string,
  ): Promise<User | number | undefined> {
    const key = createHmac('sha256', this.#key)
      .update(JSON.stringify([name, password]))
      .digest('base64');
    const right = this.#right.get(key);
    const known = this.users.find(name);
    if (right && known?.scrypt.hash === right.hash && right.until > Date.now()) return known;
    const keys = [`address ${networkOf(address)}`, `name ${name.slice(0, 64)}`];
    const wait = this.attempts.wait(keys);
    if (wait > 0) return wait;
    // Counted first: tries that come at once count too.
    this.attempts.failed(keys);
    const user = await this.users.check(name, password);
    if (user === undefined) return undefined;
    this.attempts.succeeded(keys);
    for (const old of this.#right.keys()) if (this.#right.size >= REMEMBERED) this.#right.delete(old);
    this.#right.set(key, { name, hash: user.scrypt.hash, until: Date.now() + REMEMBER_MS });
    return user;
  }

  #visitor({ name, role }: Pick<User, 'name' | 'role'>, by: Visitor['by']): Visitor {
    const csrf = createHmac('sha256', this.#key).update(`csrf ${name}`).digest('base64url');
    return { name, role, by, csrf, mayAct: role === 'operator' && !this.readOnly };
  }
}

/** What the cookie of this request holds. */
export function cookieOf(request: FastifyRequest): string | undefined {
  const cookies = (request.headers.cookie ?? '').split(/; */);
  return cookies.find((cookie) => cookie.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1);
}

function basicOf(request: FastifyRequest): { name: string; password: string } | undefined {
  const [, encoded] = /^Basic ([A-Za-z0-9+/=]{1,2000})$/i.exec(request.headers.authorization ?? '') ?? [];
  const [, name, password] =
    /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString('utf8')) ?? [];
  return name === undefined || password === undefined ? undefined : { name, password };
}
