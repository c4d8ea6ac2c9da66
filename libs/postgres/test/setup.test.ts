import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type OwnServer, ownPostgres } from '@sluice/testkit';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectPostgres, type Sql } from '../src/client.ts';
import { checkSchema, migrate } from '../src/migrations.ts';
import { verify } from '../src/statistics.ts';

const file = fileURLToPath(new URL('../../../config/postgres_setup.sql', import.meta.url));
const psql = spawnSync('psql', ['--version'], { encoding: 'utf8' }).stdout ?? '';
const major = Number(/ (\d+)/.exec(psql)?.[1] ?? 0);

/** Its roles are of the whole server, so the server is the test's own. */
describe.skipIf(major < 15)('config/postgres_setup.sql (needs psql 15 or newer on the PATH)', () => {
  let server: OwnServer;
  let admin: postgres.Sql;
  let role: Sql;
  const superuser = { name: 'test_admin', password: 'test' };
  const denied = { code: '42501' };

  function urlOf(database: string, user = superuser): string {
    const url = new URL(server.url);
    url.pathname = `/${database}`;
    [url.username, url.password] = [user.name, user.password];
    return url.href;
  }

  function setUp(): { status: number | null; stdout: string; stderr: string } {
    const env = { PATH: process.env.PATH, SLUICE_PASSWORD: `it's "secret"` };
    return spawnSync('psql', ['-X', '-d', urlOf('postgres'), '-f', file], { encoding: 'utf8', env });
  }

  /** The superuser of an embedded server bears the name of the role that the file makes. */
  async function freeTheName(): Promise<void> {
    const first = postgres(server.url, { max: 1 });
    await first.unsafe(`CREATE ROLE ${superuser.name} SUPERUSER LOGIN PASSWORD '${superuser.password}'`);
    await first.end();
    const second = postgres(urlOf('postgres'), { max: 1 });
    await second`ALTER ROLE ${second(new URL(server.url).username)} RENAME TO first_superuser`;
    await second.end();
  }

  beforeAll(async () => {
    server = await ownPostgres();
    await freeTheName();
    expect(setUp()).toMatchObject({ status: 0, stderr: '' });
    expect(setUp()).toMatchObject({ status: 0, stderr: '' });
    admin = postgres(urlOf('ecommerce_streaming'), { max: 1, onnotice: () => undefined });
    await admin`CREATE TABLE foreign_table AS SELECT 1 AS secret`;
    role = connectPostgres(
      urlOf('ecommerce_streaming', { name: 'sluice', password: `it's "secret"` }),
      'test',
    );
  });
  afterAll(async () => {
    await role?.end();
    await admin?.end();
    await server?.stop();
  });

  test('it makes the table of events with its columns and indexes', async () => {
    const columns = await admin<{ line: string }[]>`
      SELECT concat_ws(' ', attname, format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'not null' END,
                       pg_get_expr(adbin, adrelid)) AS line
      FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
      WHERE attrelid = 'events'::regclass AND attnum > 0 ORDER BY attnum`;
    expect(columns.map(({ line }) => line)).toEqual([
      'event_id uuid not null',
      'event_type character varying(50) not null',
      'product_id character varying(100) not null',
      'user_id character varying(100) not null',
      'event_timestamp timestamp without time zone not null',
      'quantity integer',
      'price numeric(10,2)',
      'created_at timestamp without time zone CURRENT_TIMESTAMP',
    ]);
    const indexes = await admin<{ indexname: string }[]>`
      SELECT indexname FROM pg_indexes WHERE tablename = 'events' ORDER BY 1`;
    expect(indexes.map(({ indexname }) => indexname)).toEqual([
      'events_pkey',
      'idx_events_event_type',
      'idx_events_product_id',
      'idx_events_timestamp',
      'idx_events_user_id',
    ]);
  });

  test('the role migrates on top of it, and again, and can prove its ledger', async () => {
    expect((await migrate(role)).length).toBeGreaterThan(0);
    expect(await migrate(role)).toEqual([]);
    await checkSchema(role);
    expect((await verify(role)).problems).toEqual([]);
    expect(setUp()).toMatchObject({ status: 0, stderr: '' });
  });

  test('the role can use no table but its own, and make no role, database or schema', async () => {
    await expect(role`SELECT * FROM foreign_table`).rejects.toMatchObject(denied);
    await expect(role`INSERT INTO foreign_table VALUES (2)`).rejects.toMatchObject(denied);
    await expect(role`DROP TABLE foreign_table`).rejects.toMatchObject(denied);
    await expect(role`CREATE ROLE other`).rejects.toMatchObject(denied);
    await expect(role`CREATE DATABASE other`).rejects.toMatchObject(denied);
    await expect(role`CREATE SCHEMA other`).rejects.toMatchObject(denied);
    await expect(role`SELECT pg_read_file('/etc/passwd')`).rejects.toMatchObject(denied);
  });

  test('nobody else may read its tables, or make any beside them', async () => {
    await admin`CREATE ROLE stranger`;
    await admin`SET ROLE stranger`;
    await expect(admin`SELECT * FROM events`).rejects.toMatchObject(denied);
    await expect(admin`CREATE TABLE public.sluice_files (n INT)`).rejects.toMatchObject(denied);
    await admin`RESET ROLE`;
  });

  describe('a member of sluice_viewer', () => {
    let viewer: postgres.Sql;
    const readable = [
      'events',
      'sluice_audit',
      'sluice_chunks',
      'sluice_commit_counts',
      'sluice_commits',
      'sluice_files',
    ];

    beforeAll(async () => {
      await admin.unsafe(`CREATE ROLE clerk LOGIN PASSWORD 'clerk' IN ROLE sluice_viewer`);
      viewer = postgres(urlOf('ecommerce_streaming', { name: 'clerk', password: 'clerk' }), { max: 1 });
    });
    afterAll(() => viewer?.end());

    const granted = async (grantee: string) => {
      const rows = await admin<{ name: string; rights: string }[]>`
        SELECT table_name AS name, string_agg(privilege_type, ',') AS rights FROM information_schema.role_table_grants
        WHERE grantee = ${grantee} AND table_schema = 'public' GROUP BY 1 ORDER BY 1`;
      return rows.map(({ name, rights }) => `${name} ${rights}`);
    };

    test('reads the events and the ledger, and neither rejects nor conflicts, which hold values of rows', async () => {
      for (const table of readable) await viewer`SELECT * FROM ${viewer(table)}`;
      await expect(viewer`SELECT * FROM sluice_rejects`).rejects.toMatchObject(denied);
      await expect(viewer`SELECT count(*) FROM sluice_rejects`).rejects.toMatchObject(denied);
      await expect(viewer`SELECT raw FROM sluice_rejects`).rejects.toMatchObject(denied);
      await expect(viewer`SELECT offered FROM sluice_conflicts`).rejects.toMatchObject(denied);
      expect(await granted('sluice_viewer')).toEqual(readable.map((table) => `${table} SELECT`));
      expect(await granted('PUBLIC')).toEqual([]);
    });

    test('changes nothing, and nobody logs in as the group itself', async () => {
      await expect(viewer`DELETE FROM events`).rejects.toMatchObject(denied);
      await expect(viewer`UPDATE sluice_files SET rejects = 0`).rejects.toMatchObject(denied);
      await expect(viewer`INSERT INTO sluice_audit (action) VALUES ('x')`).rejects.toMatchObject(denied);
      const [group] = await admin`SELECT rolcanlogin FROM pg_roles WHERE rolname = 'sluice_viewer'`;
      expect(group).toEqual({ rolcanlogin: false });
    });

    test('has its rights as well when the ledger was there before the group was', async () => {
      await admin`REVOKE ALL ON ALL TABLES IN SCHEMA public FROM sluice_viewer`;
      await expect(viewer`SELECT * FROM sluice_files`).rejects.toMatchObject(denied);
      expect(setUp()).toMatchObject({ status: 0, stderr: '' });
      expect(await granted('sluice_viewer')).toEqual(readable.map((table) => `${table} SELECT`));
    });

    test('runs config/monitoring.sql', () => {
      const monitoring = fileURLToPath(new URL('../../../config/monitoring.sql', import.meta.url));
      const url = urlOf('ecommerce_streaming', { name: 'clerk', password: 'clerk' });
      const run = spawnSync('psql', ['-X', '-d', url, '-f', monitoring], { encoding: 'utf8' });
      expect(run).toMatchObject({ status: 0, stderr: '' });
    });
  });
});
