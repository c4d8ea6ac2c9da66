import type { Sql } from '../client.ts';
import { run } from '../statements.ts';

/** Rights that this role lacks, such as `"events": INSERT`. Needs the tables to be there. */
export async function lackingRights(sql: Sql): Promise<string[]> {
  const rows = await run<{ lacking: string }>(sql, 'read/rights');
  return rows.map(({ lacking }) => lacking);
}

/** Who a session is, and what it may do. */
export interface Role {
  readonly role: string;
  /** It may change all of the ledger's tables: it is their owner, or a member of it. */
  readonly owns: boolean;
  /** It may make tables where the ledger is. */
  readonly creates: boolean;
  /** It may read rejects and conflicts, which hold values of rows. */
  readonly seesValues: boolean;
  /** The other tables that it may not read. */
  readonly unreadable: readonly string[];
  /** Equal in a database and its replicas. */
  readonly database: string;
}

export async function roleOf(sql: Sql): Promise<Role> {
  const [row] = await run<Omit<Role, 'seesValues'> & { sees_values: boolean }>(sql, 'read/role');
  if (row === undefined) throw new Error('the role statement returned no row');
  const { sees_values: seesValues, ...role } = row;
  return { ...role, seesValues };
}

/** Since when nothing has been committed while a file waits; null when none waits. */
export async function standstill(sql: Sql): Promise<Date | null> {
  const [row] = await run<{ since: Date }>(sql, 'read/standstill');
  return row?.since ?? null;
}

/** How the server is set where it matters to the pipeline, and what time it has, in ms since 1970. */
export interface ServerState {
  readonly now: number;
  /** As `server_version_num`: 170002 is 17.2. */
  readonly versionNumber: number;
  readonly synchronousCommit: string;
  readonly readOnly: boolean;
}

export async function serverState(sql: Sql): Promise<ServerState> {
  const [row] = await sql<
    { now: string; version: number; synchronous_commit: string; read_only: boolean }[]
  >`SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now, current_setting('server_version_num')::int AS version,
           current_setting('synchronous_commit') AS synchronous_commit, pg_is_in_recovery() AS read_only`;
  if (row === undefined) throw new Error('PostgreSQL told nothing of itself');
  const { now, version: versionNumber, synchronous_commit: synchronousCommit, read_only: readOnly } = row;
  return { now: Number(now), versionNumber, synchronousCommit, readOnly };
}
