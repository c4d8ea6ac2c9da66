import { z } from 'zod';
import type { Sql } from '../client.ts';
import { run, runForOne } from '../statements.ts';

const right = z.object({ lacking: z.string() });

/** The rights that this role lacks, such as `"events": INSERT`. The tables must exist. */
export async function lackingRights(sql: Sql): Promise<string[]> {
  const rows = await run(sql, 'read/rights', right);
  return rows.map(({ lacking }) => lacking);
}

const role = z.object({
  role: z.string(),
  /** Whether it may change all tables of the ledger, as their owner or a member of that role. */
  owns: z.boolean(),
  /** Whether it may make tables in the schema of the ledger. */
  creates: z.boolean(),
  /** Whether it may read rejects and conflicts, which contain values of rows. */
  seesValues: z.boolean(),
  /** The other tables that it may not read. */
  unreadable: z.array(z.string()),
  /** An identity that a database and its replicas share. */
  database: z.string(),
});

/** The role of a session, and what it may do. */
export type Role = Readonly<z.output<typeof role>>;

export async function roleOf(sql: Sql): Promise<Role> {
  return await runForOne(sql, 'read/role', role);
}

const waiting = z.object({ since: z.date().nullable() });

/** Since when nothing of a feed has been committed although a file of it is waiting; null when no file is waiting. */
export async function standstill(sql: Sql): Promise<Date | null> {
  return (await runForOne(sql, 'read/standstill', waiting)).since;
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
