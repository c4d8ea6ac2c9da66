import { z } from 'zod';
import type { Sql } from '../client.ts';
import { run, runForOne } from '../statements.ts';

const right = z.object({ lacking: z.string() });

/** Rights that this role lacks, such as `"events": INSERT`. Needs the tables to be there. */
export async function lackingRights(sql: Sql): Promise<string[]> {
  const rows = await run(sql, 'read/rights', right);
  return rows.map(({ lacking }) => lacking);
}

const role = z.object({
  role: z.string(),
  /** It may change all of the ledger's tables: it is their owner, or a member of it. */
  owns: z.boolean(),
  /** It may make tables where the ledger is. */
  creates: z.boolean(),
  /** It may read rejects and conflicts, which hold values of rows. */
  seesValues: z.boolean(),
  /** The other tables that it may not read. */
  unreadable: z.array(z.string()),
  /** Equal in a database and its replicas. */
  database: z.string(),
});

/** Who a session is, and what it may do. */
export type Role = Readonly<z.output<typeof role>>;

export async function roleOf(sql: Sql): Promise<Role> {
  return await runForOne(sql, 'read/role', role);
}

const waiting = z.object({ since: z.date() });

/** Since when nothing has been committed while a file waits; null when none waits. */
export async function standstill(sql: Sql): Promise<Date | null> {
  return (await run(sql, 'read/standstill', waiting))[0]?.since ?? null;
}

const server = z.object({
  now: z.number(),
  /** As `server_version_num`: 170002 is 17.2. */
  versionNumber: z.int(),
  synchronousCommit: z.string(),
  readOnly: z.boolean(),
});

/** How the server is set where it matters to the pipeline, and what time it has, in ms since 1970. */
export type ServerState = Readonly<z.output<typeof server>>;

export async function serverState(sql: Sql): Promise<ServerState> {
  return await runForOne(sql, 'read/server-state', server);
}
