import { readdirSync, readFileSync } from 'node:fs';
import type postgres from 'postgres';
import type { Sql } from './client.ts';
import { quotedTable, withEventsTable } from './events-table.ts';

const FOLDER = new URL('./migrations/', import.meta.url);

/** Any constant will do, as long as every migrating process takes the same. */
const LOCK = 7_305_489_213;

export interface Migration {
  readonly version: number;
  readonly name: string;
}

/** The migrations that this program brings, in order. */
export function knownMigrations(): Migration[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => ({ version: Number.parseInt(file, 10), name: file }));
}

/** The database's schema is not the one that this program works with; `hint` says what to do. */
export class SchemaError extends Error {
  override readonly name: string = 'SchemaError';
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/** The schema is newer than this program, which must not write to it. */
export class SchemaNewerError extends SchemaError {
  override readonly name = 'SchemaNewerError';
}

/**
 * Brings the schema up to date and returns what was done. Each migration is one transaction; a lock keeps two processes
 * from doing it at once. Throws {@link SchemaNewerError} when the database is ahead of this program.
 */
export async function migrate(sql: Sql): Promise<Migration[]> {
  const session = await sql.reserve();
  try {
    await session`SELECT pg_advisory_lock(${LOCK})`;
    const done: Migration[] = [];
    for (const migration of await missing(session)) {
      const text = withEventsTable(readFileSync(new URL(migration.name, FOLDER), 'utf8'), sql.eventsTable);
      const { version, name } = migration;
      const record = `INSERT INTO sluice_migrations (version, name) VALUES (${version}, '${name}')`;
      // Several statements in one simple query are one transaction.
      await session.unsafe(`${text};\n${record}`);
      done.push(migration);
    }
    return done;
  } finally {
    await session`SELECT pg_advisory_unlock(${LOCK})`;
    session.release();
  }
}

async function missing(session: postgres.ReservedSql<{ bigint: number }>): Promise<Migration[]> {
  await session.unsafe(`CREATE TABLE IF NOT EXISTS sluice_migrations (
    version INT PRIMARY KEY, name TEXT NOT NULL, applied_at TIMESTAMPTZ NOT NULL DEFAULT now())`);
  const applied = new Set(
    (await session<{ version: number }[]>`SELECT version FROM sluice_migrations`).map((m) => m.version),
  );
  const known = knownMigrations();
  refuseNewer(applied, known);
  return known.filter(({ version }) => !applied.has(version));
}

/** Checks that the schema is exactly what this program knows; tells what to do when it is not. */
export async function checkSchema(sql: Sql): Promise<void> {
  const [table] = await sql<
    { there: boolean }[]
  >`SELECT to_regclass('sluice_migrations') IS NOT NULL AS there`;
  const rows = table?.there ? await sql<{ version: number }[]>`SELECT version FROM sluice_migrations` : [];
  const applied = new Set(rows.map((row) => row.version));
  const known = knownMigrations();
  refuseNewer(applied, known);
  const lacking = known.filter(({ version }) => !applied.has(version));
  if (lacking.length > 0) {
    throw new SchemaError(
      `the database lacks ${lacking.length} migrations`,
      'run "npm run sluice -- migrate"',
    );
  }
  await requireEventsTable(sql);
}

/** The first migration made the table that was configured then. Rows of that ledger belong into no other. */
async function requireEventsTable(sql: Sql): Promise<void> {
  const [table] = await sql<
    { there: boolean }[]
  >`SELECT to_regclass(${quotedTable(sql.eventsTable)}) IS NOT NULL AS there`;
  if (table?.there) return;
  throw new SchemaError(
    `the database has the ledger, but no table ${sql.eventsTable}`,
    'set EVENTS_TABLE to the table that this ledger was migrated with, or use another database',
  );
}

function refuseNewer(applied: ReadonlySet<number>, known: readonly Migration[]): void {
  const newest = known.at(-1)?.version ?? 0;
  const ahead = Math.max(0, ...applied);
  if (ahead > newest) {
    throw new SchemaNewerError(
      `the database is at migration ${ahead}, this program knows ${newest}`,
      'update the program',
    );
  }
}
