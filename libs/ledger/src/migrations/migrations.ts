import { events } from '@sluice/core';
import { ErrorWithHint } from '@sluice/process';
import type postgres from 'postgres';
import type { Sql } from '../client.ts';
import { quotedTable, withEventsTable } from '../events-table.ts';
import { checkFit } from '../table/fit.ts';
import { knownMigrations, type Migration } from './known-migrations.ts';

/** The key of the advisory lock. Any constant will do, as long as every migrating process uses the same. */
const LOCK = 7_305_489_213;

/** The migration that makes the table of events. */
const EVENTS = 1;

/**
 * Brings the schema up to date and returns the migrations that ran. Each migration is one transaction. A lock keeps two
 * processes from migrating at once. The right to read is enough when there is nothing to do.
 *
 * @throws {SchemaNewerError} when the database is ahead of this program
 * @throws {SchemaError} when the database has run another form of a migration
 */
export async function migrate(sql: Sql): Promise<Migration[]> {
  const session = await sql.reserve();
  try {
    await session`SELECT pg_advisory_lock(${LOCK})`;
    const done: Migration[] = [];
    await prepare(session);
    for (const migration of lacking(await appliedTo(session))) {
      const { version, name, checksum } = migration;
      // If another role owns the events table, the migration that makes it is skipped: only the ledger is ours to make.
      const others = version === EVENTS && (await isOthers(session, quotedTable(sql.eventsTable)));
      const text = others ? '' : withEventsTable(migration.text, sql.eventsTable);
      const record = `INSERT INTO sluice_migrations (version, name, checksum) VALUES (${version}, '${name}', '${checksum}')`;
      // PostgreSQL runs several statements in one simple query as one transaction.
      await session.unsafe(`${text};\n${record}`).catch(async (error: unknown) => {
        throw version === EVENTS ? await misfitOr(error, sql) : error;
      });
      done.push({ version, name, checksum });
    }
    return done;
  } finally {
    await session`SELECT pg_advisory_unlock(${LOCK})`;
    session.release();
  }
}

type Session = postgres.Sql<{ bigint: number }> | postgres.ReservedSql<{ bigint: number }>;

async function isThere(session: Session, table: string): Promise<boolean> {
  const [found] = await session<{ there: boolean }[]>`SELECT to_regclass(${table}) IS NOT NULL AS there`;
  return found?.there ?? false;
}

/** The first migration fails of a table of another shape, where its indexes name columns that are not there. */
async function misfitOr(error: unknown, sql: Sql): Promise<unknown> {
  const misfits = await checkFit(sql, { ...events, table: sql.eventsTable });
  const refused = misfits.filter(({ severity, code }) => severity === 'refused' && code !== 'table_missing');
  if (refused.length === 0) return error;
  return new ErrorWithHint(
    `the table ${sql.eventsTable} is there, but is not one for events: ${refused.map(({ text }) => text).join('; ')}`,
    'set EVENTS_TABLE to another name, and the table is made; or change this one as config/postgres_setup.sql has it',
    { cause: error },
  );
}

async function isOthers(session: Session, table: string): Promise<boolean> {
  const [found] = await session<{ others: boolean }[]>`
    SELECT NOT pg_has_role(relowner, 'USAGE') AS others FROM pg_class WHERE oid = to_regclass(${table})`;
  return found?.others ?? false;
}

/** Makes the table of applied migrations and fills in missing checksums. Needs no right to write if nothing is missing. */
async function prepare(session: Session): Promise<void> {
  if (!(await isThere(session, 'sluice_migrations'))) {
    await session.unsafe(`CREATE TABLE sluice_migrations (
      version INT PRIMARY KEY, name TEXT NOT NULL, applied_at TIMESTAMPTZ NOT NULL DEFAULT now(), checksum TEXT)`);
    return;
  }
  const applied = await appliedTo(session);
  if (applied.every(({ checksum }) => checksum !== null)) return;
  refuseOthers(applied);
  await session.unsafe('ALTER TABLE sluice_migrations ADD COLUMN IF NOT EXISTS checksum TEXT');
  // A migration that ran before checksums were kept gets the checksum of this program. Each had only one form, apart from 0007,
  // and a later migration makes the two forms of 0007 equal.
  const known = knownMigrations();
  await session`
    UPDATE sluice_migrations AS applied SET checksum = known.checksum
    FROM unnest(${known.map(({ version }) => version)}::int[], ${known.map(({ checksum }) => checksum)}::text[])
      AS known (version, checksum)
    WHERE applied.version = known.version AND applied.checksum IS NULL`;
}

interface Applied {
  readonly version: number;
  readonly name: string;
  /** Null when the migration ran before checksums were kept. */
  readonly checksum: string | null;
}

async function appliedTo(session: Session): Promise<Applied[]> {
  // The checksum is read through JSON, because its column may not exist yet.
  return await session<Applied[]>`
    SELECT version, name, to_json(applied) ->> 'checksum' AS checksum FROM sluice_migrations AS applied ORDER BY version`;
}

/** The migrations that are still to run. Throws when the database is ahead, or has run other migrations. */
function lacking(applied: readonly Applied[]): ReturnType<typeof knownMigrations> {
  refuseOthers(applied);
  const versions = new Set(applied.map(({ version }) => version));
  return knownMigrations().filter(({ version }) => !versions.has(version));
}

/** Checks that the schema is exactly what this program knows. Otherwise it throws an error that says what to do. */
export async function checkSchema(sql: Sql): Promise<void> {
  const applied = (await isThere(sql, 'sluice_migrations')) ? await appliedTo(sql) : [];
  const missing = lacking(applied).length;
  if (missing > 0) {
    throw new ErrorWithHint(`the database lacks ${missing} migrations`, 'run "npm run sluice -- migrate"');
  }
  if (applied.some(({ checksum }) => checksum === null)) {
    throw new ErrorWithHint(
      'the database lacks the checksums of its migrations',
      'run "npm run sluice -- migrate"',
    );
  }
  await requireEventsTable(sql);
}

/** Throws when the events table is missing. The first migration made the table configured then, and the rows belong there. */
async function requireEventsTable(sql: Sql): Promise<void> {
  if (await isThere(sql, quotedTable(sql.eventsTable))) return;
  throw new ErrorWithHint(
    `the database has the ledger, but no table ${sql.eventsTable}`,
    'set EVENTS_TABLE to the table that this ledger was migrated with, or use another database',
  );
}

function refuseOthers(applied: readonly Applied[]): void {
  const known = knownMigrations();
  const newest = known.at(-1)?.version ?? 0;
  const ahead = Math.max(0, ...applied.map(({ version }) => version));
  if (ahead > newest) {
    throw new ErrorWithHint(
      `the database is at migration ${ahead}, this program knows ${newest}`,
      'update the program',
    );
  }
  for (const { version, name, checksum } of applied) {
    const own = known.find((migration) => migration.version === version);
    if (checksum === null || checksum === own?.checksum) continue;
    throw new ErrorWithHint(
      `migration ${version} of the database is not the one of this program: ${name} with checksum ${checksum.slice(0, 12)} has run, the program brings ${own === undefined ? 'none' : `${own.name} with ${own.checksum.slice(0, 12)}`}`,
      'a migration is never changed once it has run: install the program as it was released, and put a change into a new migration',
    );
  }
}
