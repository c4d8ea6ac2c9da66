import type { Logger } from '@sluice/runtime';
import postgres from 'postgres';

/** PostgreSQL's BIGINT as a number: file numbers, lines and counts stay far below 2^53. */
const bigint = {
  to: 20,
  from: [20],
  serialize: (value: number) => String(value),
  parse: (text: string) => Number(text),
};

/** A pool, and the table that its statements mean by `:events`. */
export type Sql = postgres.Sql<{ bigint: number }> & { readonly eventsTable: string };

/** Connections of one process at most. */
export const POOL_MAX = 10;

const TIMEOUT_S = 30;
const RECONNECT_S = 0.5;

/**
 * Opens a pool; it connects when it is first used. Sessions run in UTC, because `created_at` has no time zone and finds the
 * commit.
 *
 * @param o.eventsTable a name, or `schema.name`; `events` when left out
 */
export function connectPostgres(
  url: string,
  app: string,
  { eventsTable = 'events', log }: { readonly eventsTable?: string; readonly log?: Logger } = {},
): Sql {
  const sql = postgres(url, {
    max: POOL_MAX,
    connect_timeout: TIMEOUT_S,
    // Its own grows to 20 s, and so would an outage: who pauses in one paces himself.
    backoff: () => RECONNECT_S,
    connection: {
      application_name: `sluice-${app}`,
      TimeZone: 'UTC',
      statement_timeout: TIMEOUT_S * 1000,
      // A statement must see what was committed before it began, also within a transaction.
      default_transaction_isolation: 'read committed',
    },
    types: { bigint },
    onnotice: (notice) => log?.debug({ notice: notice.message }, 'PostgreSQL says'),
  });
  return Object.assign(sql, { eventsTable });
}

/** Asks the server for its version, and so proves that it can be reached and lets us in. */
export async function postgresVersion(sql: Sql): Promise<string> {
  const [row] = await sql<{ server_version: string }[]>`SHOW server_version`;
  return row?.server_version ?? 'unknown';
}
