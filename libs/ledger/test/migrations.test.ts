import { readFileSync } from 'node:fs';
import { testDatabase } from '@sluice/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectPostgres, type Sql } from '../src/client.ts';
import { withEventsTable } from '../src/events-table.ts';
import { knownMigrations } from '../src/migrations/known-migrations.ts';
import { checkSchema, migrate } from '../src/migrations/migrations.ts';

const PINNED = 'libs/ledger/test/migrations.sha256';

test('a migration that has landed is never changed: each has the checksum that is pinned', () => {
  const text = readFileSync(new URL('./migrations.sha256', import.meta.url), 'utf8');
  const pinned = new Map(
    [...text.matchAll(/^([0-9a-f]{64}) {2}(\S+)$/gm)].map(([, sum, name]) => [name, sum]),
  );
  const mistakes = knownMigrations().flatMap(({ name, checksum }) => {
    const sum = pinned.get(name);
    if (sum === checksum) return [];
    return sum === undefined
      ? [`${name} is new. Add this line to ${PINNED}, in the commit that lands it:\n${checksum}  ${name}`]
      : [`${name} was changed after it had landed. Put it back, and make the change in a new migration.`];
  });
  const names = knownMigrations().map(({ name }) => name);
  const gone = [...pinned.keys()].filter((name) => name !== undefined && !names.includes(name));
  expect([...mistakes, ...gone.map((name) => `${name} is pinned, but gone`)]).toEqual([]);
  expect(new Set(knownMigrations().map(({ version }) => version)).size).toBe(names.length);
});

let database: Awaited<ReturnType<typeof testDatabase>>;
let sql: Sql;

beforeEach(async () => {
  database = await testDatabase();
  sql = connectPostgres(database.url, 'test');
});
afterEach(async () => {
  await sql.end();
  await database.drop();
});

/** A database as the version before checksums left it. */
async function migratedBefore(changed: (name: string, text: string) => string = (_, text) => text) {
  await sql.unsafe(`CREATE TABLE sluice_migrations (
    version INT PRIMARY KEY, name TEXT NOT NULL, applied_at TIMESTAMPTZ NOT NULL DEFAULT now())`);
  for (const { version, name, text } of knownMigrations().filter((one) => one.version <= 8)) {
    await sql.unsafe(withEventsTable(changed(name, text), 'events'));
    await sql`INSERT INTO sluice_migrations (version, name) VALUES (${version}, ${name})`;
  }
  await sql`INSERT INTO sluice_files (name, token, chunk_rows, reader, landed_at, stable_at, closed_at)
            VALUES ('a.csv', '1-2-3', 250, 1, now(), now(), now())`;
}

const indexes = async () =>
  (
    await sql<{ indexdef: string }[]>`SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1`
  ).map(({ indexdef }) => indexdef);

test('both forms of 0007, which was changed after it had landed, come to the same schema, with checksums', async () => {
  await migrate(sql);
  const fresh = await indexes();
  for (const form of ['first', 'second']) {
    await sql`DROP SCHEMA public CASCADE`;
    await sql`CREATE SCHEMA public`;
    await migratedBefore((name, text) =>
      form === 'first' && name === '0007_dashboard.sql'
        ? text.replace('(landed_at, file_no)', '(landed_at)').replace(/^.*sluice_chunks_parsed.*\n/m, '')
        : text,
    );
    await expect(checkSchema(sql)).rejects.toMatchObject({
      hint: expect.stringContaining('migrate'),
    });
    await migrate(sql);
    expect(await indexes()).toEqual(fresh);
    await checkSchema(sql);
    const kept = await sql<{ name: string; checksum: string }[]>`
      SELECT name, checksum FROM sluice_migrations ORDER BY version`;
    expect([...kept]).toEqual(knownMigrations().map(({ name, checksum }) => ({ name, checksum })));
    expect(await migrate(sql)).toEqual([]);
  }
});

test('a migration that has run in another form is refused, by its name and with what to do', async () => {
  await migrate(sql);
  await sql`UPDATE sluice_migrations SET checksum = repeat('a', 64) WHERE version = 7`;
  const refused = {
    message: expect.stringMatching(
      /^migration 7 of the database is not the one of this program: 0007_dashboard.sql with checksum a{12} has run, the program brings 0007_dashboard.sql with [0-9a-f]{12}$/,
    ),
    hint: expect.stringContaining('install the program as it was released'),
  };
  await expect(checkSchema(sql)).rejects.toMatchObject(refused);
  await expect(migrate(sql)).rejects.toMatchObject(refused);
});

test('a migration whose checksum was never kept is no mismatch, but is to be migrated', async () => {
  await migrate(sql);
  await sql`ALTER TABLE sluice_migrations DROP COLUMN checksum`;
  await expect(checkSchema(sql)).rejects.toMatchObject({
    message: 'the database lacks the checksums of its migrations',
  });
  expect(await migrate(sql)).toEqual([]);
  await checkSchema(sql);
});

test('a table of another shape is told of by what does not fit, and how to go on, and nothing is made', async () => {
  await sql.unsafe('CREATE TABLE events (event_id INT, name TEXT)');
  await expect(migrate(sql)).rejects.toMatchObject({
    message: expect.stringMatching(/^the table events is there, but is not one for events: .*event_type/),
    hint: expect.stringContaining('set EVENTS_TABLE to another name'),
  });
  await sql.unsafe('DROP TABLE events');
  expect((await migrate(sql)).length).toBe(knownMigrations().length);
});
