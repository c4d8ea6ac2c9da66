import { type Contract, events } from '@sluice/core';
import { knowSecretsOf, type Logger, parametersOf, passwordNow } from '@sluice/process';
import postgres from 'postgres';
import { openSocket, type SessionSecurity } from './socket.ts';

declare module 'postgres' {
  interface UnsafeQueryOptions {
    /** The data of a `COPY ... FROM STDIN`, sent with the statement. Our patch of the driver knows it. */
    copy?: string | undefined;
  }
}

/** PostgreSQL's BIGINT as a number: file numbers, lines and counts stay far below 2^53. */
const bigint = {
  to: 20,
  from: [20],
  serialize: (value: number) => String(value),
  parse: (text: string) => Number(text),
};

/** A pool, with the table that replaces `:events` in its statements, and the contract for the rows of that table. */
export type Sql = postgres.Sql<{ bigint: number }> & {
  readonly eventsTable: string;
  readonly contract: Contract;
};

/** The most connections that one pool opens, unless it is told another number. */
const POOL_MAX = 10;

const DEFAULT_PORT = 5432;
const TIMEOUT_S = 30;
const RECONNECT_S = 0.5;

const securities = new WeakMap<object, { latest?: SessionSecurity }>();

interface PoolOptions {
  /** A name, or `schema.name`; by default `events`. */
  readonly eventsTable?: string;
  readonly log?: Logger;
  /** How many it opens at most. */
  readonly connections?: number | undefined;
}

/** How the latest session of a pool is secured; undefined before there was one. */
export function sessionSecurity(sql: Sql): SessionSecurity | undefined {
  return securities.get(sql)?.latest;
}

/**
 * Makes a pool, which connects when it is first used. Sessions run in UTC, because `created_at` has no time zone and is used to
 * find the commit. They are encrypted as the URL says (`sslmode` and similar parameters of libpq).
 *
 */
export function connectPostgres(
  url: string,
  app: string,
  { eventsTable = 'events', log, connections = POOL_MAX }: PoolOptions = {},
): Sql {
  knowSecretsOf(url);
  // The driver reads this variable too and would fail at "any". Every other value was refused with the settings.
  delete process.env.PGTARGETSESSIONATTRS;
  const { hostname, port, username, password, pathname } = new URL(url);
  const parameters = parametersOf(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const within = Number(parameters.get('connect_timeout') ?? TIMEOUT_S);
  const closing = new AbortController();
  const security: { latest?: SessionSecurity } = {};
  const transport = {
    socket: () =>
      openSocket({
        url,
        host,
        port: Number(port) || DEFAULT_PORT,
        withinMs: within * 1000,
        closing: closing.signal,
        opened: (latest) => {
          security.latest = latest;
        },
      }),
  };
  const sql = postgres({
    host,
    ...(port !== '' && { port: Number(port) }),
    ...(username !== '' && { user: decodeURIComponent(username) }),
    // Each connection reads it again, because the file that it came from may have got another one.
    ...(password !== '' && { password: () => passwordNow(url) }),
    ...(pathname.length > 1 && { database: decodeURIComponent(pathname.slice(1)) }),
    // TLS is done by openSocket and not by the driver.
    ssl: false,
    ...transport,
    max: connections,
    connect_timeout: within,
    // The driver's own back-off grows to 20 s, which would make an outage longer. Callers already wait between their tries.
    backoff: () => RECONNECT_S,
    connection: {
      ...(parameters.has('options') && { options: parameters.get('options') ?? '' }),
      application_name: parameters.get('application_name') || `sluice-${app}`,
      TimeZone: 'UTC',
      statement_timeout: TIMEOUT_S * 1000,
      // Each statement must see everything that was committed before it began, also within a transaction.
      default_transaction_isolation: 'read committed',
    },
    types: { bigint },
    // The text of a notice is not logged, because a trigger may put a value in it (I10).
    onnotice: ({ severity, code }) => log?.debug({ severity, sqlstate: code }, 'PostgreSQL gives notice'),
  });
  securities.set(sql, security);
  const { end } = sql;
  return Object.assign(sql, {
    eventsTable,
    contract: events,
    // A connection that is still being opened would outlive its pool.
    end: (o?: { timeout?: number }) => end(o).finally(() => closing.abort()),
  });
}

/** Asks the server for its version, and so proves that it can be reached and lets us in. */
export async function postgresVersion(sql: Sql): Promise<string> {
  const [row] = await sql<{ server_version: string }[]>`SHOW server_version`;
  return row?.server_version ?? 'unknown';
}
