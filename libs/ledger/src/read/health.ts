import { z } from 'zod';
import type { Sql } from '../client.ts';
import { run, runForOne } from '../statements.ts';

const table = z.object({ name: z.string() });

/** The names of the tables that feeds fill. */
export async function feedTables(sql: Sql): Promise<string[]> {
  const rows = await run(sql, 'feeds/tables', table);
  return rows.map(({ name }) => name);
}

const right = z.object({
  /** Such as `orders: INSERT`. */
  right: z.string(),
  /** The one thing that needs it; null when the pipeline does. */
  onlyFor: z.string().nullable(),
});
type Right = Readonly<z.output<typeof right>>;

/** The rights that this role lacks on the ledger and on the tables of the feeds. The ledger must exist. */
export async function lackingRights(sql: Sql): Promise<Right[]> {
  const ofLedger = await run(sql, 'read/rights', right);
  // Only a role that may read the ledger can ask which tables there are.
  if (ofLedger.some(({ right }) => right.endsWith(': SELECT'))) return ofLedger;
  return [...ofLedger, ...(await run(sql, 'read/table-rights', right, [await feedTables(sql)]))];
}

const role = z.object({
  role: z.string(),
  /** Whether it may change all tables of the ledger, as their owner or a member of that role. */
  owns: z.boolean(),
  /** Whether it may make tables in the schema of the ledger. */
  creates: z.boolean(),
  /** Whether it may read rejects and conflicts, which contain values of rows. */
  seesValues: z.boolean(),
  /** The other tables of the ledger, and those asked about, that it may not read. */
  unreadable: z.array(z.string()),
  /** An identity that a database and its replicas share. */
  database: z.string(),
});

/** A role, and what it may do. */
export type Role = Readonly<z.output<typeof role>>;

/**
 * The role of a session, and what it may do. The database may have no ledger yet.
 *
 * @param tables those of the feeds: see {@link feedTables}
 */
export async function roleOf(sql: Sql, tables: readonly string[] = []): Promise<Role> {
  return await runForOne(sql, 'read/role', role, [[...tables]]);
}

const waiting = z.object({ since: z.date().nullable() });

/** Since when nothing of a feed has been committed although a file of it is waiting; null when no file is waiting. */
export async function standstill(sql: Sql): Promise<Date | null> {
  return (await runForOne(sql, 'read/standstill', waiting)).since;
}

/** Since when work has gone on without a pause of `pauseMs`; null when nothing was ever committed and no file is open. */
export async function busySince(sql: Sql, pauseMs: number): Promise<Date | null> {
  return (await runForOne(sql, 'read/busy-since', waiting, [pauseMs])).since;
}

const server = z.object({
  now: z.number(),
  /** As `server_version_num`: 170002 is 17.2. */
  versionNumber: z.int(),
  synchronousCommit: z.string(),
  readOnly: z.boolean(),
});

/** The settings of the server that matter to the pipeline, and its time in ms since 1970. */
export type ServerState = Readonly<z.output<typeof server>>;

export async function serverState(sql: Sql): Promise<ServerState> {
  return await runForOne(sql, 'read/server-state', server);
}

const user = z.object({ name: z.string(), sessions: z.int() });

/** The other programs that have sessions on this server, as each names itself. */
export async function otherUsers(sql: Sql): Promise<Readonly<z.output<typeof user>>[]> {
  return await run(sql, 'read/other-users', user);
}
