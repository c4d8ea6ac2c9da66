import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fleet, type OwnServer, ownPostgres, tempFolder, testRedis, waitFor } from '@sluice/testkit';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectPostgres, type Sql } from '../src/client.ts';
import { withEventsTable } from '../src/events-table.ts';
import { knownMigrations } from '../src/migrations/known-migrations.ts';
import { checkSchema, migrate } from '../src/migrations/migrations.ts';
import { dropOldAudit, dropOldDetail } from '../src/operate/retention.ts';
import { feedTables, lackingRights, roleOf } from '../src/read/health.ts';
import { totals } from '../src/read/statistics.ts';
import { verify } from '../src/read/verify.ts';

const file = fileURLToPath(new URL('../../../config/postgres_setup.sql', import.meta.url));
const psql = spawnSync('psql', ['--version'], { encoding: 'utf8' }).stdout ?? '';
const major = Number(/ (\d+)/.exec(psql)?.[1] ?? 0);

/** Its roles are of the whole server, so the server is the test's own. */
describe.skipIf(major < 15)('config/postgres_setup.sql (needs psql 15 or newer on the PATH)', () => {
  let server: OwnServer;
  let admin: postgres.Sql;
  let owner: Sql;
  let role: Sql;
  const superuser = { name: 'test_admin', password: 'test' };
  const denied = { code: '42501' };
  const password = `it's "secret"`;
  const streaming = 'ecommerce_streaming';

  function urlOf(database: string, user = superuser): string {
    const url = new URL(server.url);
    url.pathname = `/${database}`;
    [url.username, url.password] = [user.name, user.password];
    return url.href;
  }

  function setUp(): { status: number | null; stdout: string; stderr: string } {
    const env = { PATH: process.env.PATH, SLUICE_PASSWORD: password, SLUICE_OWNER_PASSWORD: password };
    return spawnSync('psql', ['-X', '-d', urlOf('postgres'), '-f', file], { encoding: 'utf8', env });
  }

  /** The superuser of an embedded server has the name of the role that the file makes. */
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
    owner = connectPostgres(urlOf(streaming, { name: 'sluice_owner', password }), 'test');
    role = connectPostgres(urlOf(streaming, { name: 'sluice', password }), 'test');
  });
  afterAll(async () => {
    await owner?.end();
    await role?.end();
    await admin?.end();
    await server?.stop();
  });

  /** The rights of a role on the tables, in the order that they are declared in. */
  const granted = async (grantee: string) => {
    const rows = await admin<{ name: string; rights: string }[]>`
      SELECT table_name AS name, string_agg(privilege_type, ',' ORDER BY array_position(ARRAY['INSERT', 'SELECT', 'UPDATE', 'DELETE']::text[], privilege_type::text)) AS rights FROM information_schema.role_table_grants
      WHERE grantee = ${grantee} AND table_schema = 'public' GROUP BY 1 ORDER BY 1`;
    return rows.map(({ name, rights }) => `${name} ${rights}`);
  };

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

  test('the owner migrates on top of it, and again; the role that works can not, and can prove its ledger', async () => {
    await expect(migrate(role)).rejects.toMatchObject(denied);
    expect((await migrate(owner)).length).toBeGreaterThan(0);
    expect(await migrate(owner)).toEqual([]);
    expect(await migrate(role)).toEqual([]);
    await checkSchema(role);
    expect((await verify(role)).problems).toEqual([]);
    expect(await lackingRights(role)).toEqual([]);
    expect(await roleOf(role)).toMatchObject({
      role: 'sluice',
      owns: false,
      creates: false,
      seesValues: true,
    });
    expect(await roleOf(owner)).toMatchObject({ role: 'sluice_owner', owns: true, creates: true });
    expect(setUp()).toMatchObject({ status: 0, stderr: '' });
    expect(await lackingRights(role)).toEqual([]);
  });

  test('the rights on the table of each feed are asked about: the pipeline needs them, and DELETE only undo', async () => {
    await admin.unsafe(`CREATE SCHEMA shop; CREATE TABLE shop.orders (n INT PRIMARY KEY)`);
    await role`INSERT INTO sluice_contracts (feed, load)
      SELECT 'orders', jsonb_set(load, '{contract,table}', '"shop.orders"') FROM sluice_contracts WHERE contract_no = 1`;
    await role`INSERT INTO sluice_feeds (feed, contract_no) SELECT 'orders', max(contract_no) FROM sluice_contracts`;
    const lacking = async () =>
      (await lackingRights(role)).map(({ right, onlyFor }) => `${right} ${onlyFor}`);
    const undo = 'shop.orders: DELETE undo';
    const own = ['shop.orders: INSERT null', 'shop.orders: SELECT null'];
    expect(await lacking()).toEqual(['schema shop: USAGE null', undo, ...own]);
    expect(await roleOf(role, await feedTables(role))).toMatchObject({ unreadable: ['shop.orders'] });
    await admin.unsafe('GRANT USAGE ON SCHEMA shop TO sluice');
    expect(await lacking()).toEqual([undo, ...own]);
    await admin.unsafe('GRANT SELECT, INSERT (n) ON shop.orders TO sluice');
    expect(await lacking()).toEqual([undo]);
    expect(await roleOf(role, await feedTables(role))).toMatchObject({ unreadable: [] });
    await admin.unsafe(`DROP SCHEMA shop CASCADE; DELETE FROM sluice_feeds WHERE feed = 'orders';
      DELETE FROM sluice_contracts WHERE feed = 'orders'; REVOKE SELECT ON sluice_contracts FROM sluice`);
    expect(await lacking()).toEqual(['sluice_contracts: SELECT null']);
    expect(setUp()).toMatchObject({ status: 0, stderr: '' });
    expect(await lacking()).toEqual([]);
  });

  test('the role that works reads and writes rows and ledger, and adds to the audit', async () => {
    const all = 'INSERT,SELECT,UPDATE,DELETE';
    expect(await granted('sluice')).toEqual([
      'events INSERT,SELECT,DELETE',
      `sluice_acks ${all}`,
      'sluice_audit INSERT,SELECT',
      `sluice_chunks ${all}`,
      `sluice_commit_counts ${all}`,
      `sluice_commits ${all}`,
      `sluice_conflicts ${all}`,
      'sluice_contracts INSERT,SELECT',
      `sluice_feeds ${all}`,
      `sluice_files ${all}`,
      'sluice_migrations SELECT',
      `sluice_processes ${all}`,
      `sluice_rejects ${all}`,
    ]);
  });

  test('neither owner nor worker can use another table, or make a role, database or schema', async () => {
    for (const sql of [owner, role]) {
      await expect(sql`SELECT * FROM foreign_table`).rejects.toMatchObject(denied);
      await expect(sql`INSERT INTO foreign_table VALUES (2)`).rejects.toMatchObject(denied);
      await expect(sql`DROP TABLE foreign_table`).rejects.toMatchObject(denied);
      await expect(sql`CREATE ROLE other`).rejects.toMatchObject(denied);
      await expect(sql`CREATE DATABASE other`).rejects.toMatchObject(denied);
      await expect(sql`CREATE SCHEMA other`).rejects.toMatchObject(denied);
      await expect(sql`SELECT pg_read_file('/etc/passwd')`).rejects.toMatchObject(denied);
    }
  });

  test.each([
    'CREATE TABLE own (n INT)',
    'CREATE FUNCTION own() RETURNS INT LANGUAGE sql RETURN 1',
    'ALTER TABLE events ADD COLUMN own INT',
    'ALTER TABLE sluice_files DROP COLUMN undone',
    'CREATE INDEX own ON sluice_files (name)',
    'CREATE OR REPLACE FUNCTION sluice_drop_audit(INTERVAL, INT) RETURNS BIGINT LANGUAGE sql RETURN 1',
    'DROP TABLE sluice_audit',
    'TRUNCATE sluice_audit',
    'TRUNCATE events',
    'UPDATE sluice_audit SET done_by = current_user',
    'DELETE FROM sluice_audit',
    'DELETE FROM sluice_migrations',
    'UPDATE sluice_contracts SET load = load',
    'DELETE FROM sluice_contracts',
  ])('the role that works can not: %s', async (statement) => {
    await expect(role.unsafe(statement)).rejects.toMatchObject(denied);
  });

  test('what is old in the audit goes by the function of its owner, and nothing of the last 30 days', async () => {
    await owner`INSERT INTO sluice_audit (action, subject, detail, done_by, done_at)
      SELECT 'test', days || ' days', '{}', 'me', now() - days * interval '1 day' FROM unnest(ARRAY[1, 29, 31, 400]) AS days`;
    await role`INSERT INTO sluice_audit (action, subject, detail, done_by) VALUES ('test', 'today', '{}', 'me')`;
    const left = async () =>
      (await role<{ subject: string }[]>`SELECT subject FROM sluice_audit ORDER BY done_at`).map(
        ({ subject }) => subject,
      );
    await dropOldAudit(role, 100 * 86_400_000);
    expect(await left()).toEqual(['31 days', '29 days', '1 days', 'today']);
    await dropOldAudit(role, 1000);
    expect(await left()).toEqual(['29 days', '1 days', 'today']);
    const shadow = 'CREATE TEMP TABLE sluice_audit (audit_no BIGINT, done_at TIMESTAMPTZ)';
    await role.unsafe(
      `${shadow}; SET search_path = pg_temp, public; SELECT sluice_drop_audit('0', NULL); RESET search_path; DROP TABLE pg_temp.sluice_audit`,
    );
    expect(await left()).toEqual(['29 days', '1 days', 'today']);
    await dropOldAudit(owner, 1000);
    expect(await left()).toEqual(['today']);
    await expect(
      admin`SET ROLE sluice_viewer; SELECT sluice_drop_audit('0', 1)`.simple(),
    ).rejects.toMatchObject(denied);
    await admin`RESET ROLE`;
  });

  test('a table that a later migration makes can be used by the role that works, and by no viewer', async () => {
    await owner`CREATE TABLE sluice_later (n INT)`;
    await role`INSERT INTO sluice_later VALUES (1)`;
    await role`DELETE FROM sluice_later`;
    expect((await granted('sluice_viewer')).filter((right) => right.startsWith('sluice_later'))).toEqual([]);
    await owner`DROP TABLE sluice_later`;
  });

  test('the whole pipeline runs as the role that works, and undo; doctor tells of each role', async () => {
    const dataDir = tempFolder();
    mkdirSync(join(dataDir, 'input_data'));
    const id = '00000000-0000-4000-8000-000000000001';
    const head = 'event_id,event_type,product_id,user_id,event_timestamp,quantity,price\n';
    const row = `${id},view,p,u,2026-01-02 03:04:05,1,2.50\n`;
    writeFileSync(join(dataDir, 'input_data', 'a.csv'), `${head}${row}${row}not-an-id,view,p,u,,1,1\n`);
    const redis = testRedis();
    await admin.unsafe(`CREATE ROLE board LOGIN PASSWORD 'board' IN ROLE sluice_viewer`);
    const env = {
      DATABASE_URL: urlOf(streaming, { name: 'sluice', password }),
      DATABASE_OWNER_URL: urlOf(streaming, { name: 'sluice_owner', password }),
      DATABASE_READ_URL: urlOf(streaming, { name: 'board', password: 'board' }),
      REDIS_URL: redis.url,
      REDIS_PREFIX: redis.prefix,
      DATA_DIR: dataDir,
      FLUSH_INTERVAL: '500ms',
      STABLE_FOR: '100ms',
      RETENTION: '1h',
    };
    const fleet = new Fleet(env);
    try {
      fleet.start('watcher');
      fleet.start('worker');
      await waitFor(async () => (await totals(role)).closed === 1, { what: 'the file in the ledger' });
      expect(await totals(role)).toMatchObject({ records: 3, inserted: 1, duplicates: 1, rejects: 1 });
      expect((await verify(role)).problems).toEqual([]);
      const main = fileURLToPath(new URL('../../../apps/cli/src/main.ts', import.meta.url));
      const cli = (...args: string[]) =>
        spawnSync(process.execPath, [main, ...args], {
          encoding: 'utf8',
          env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...env },
        });
      const doctor = cli('doctor', '--json');
      const { findings } = JSON.parse(doctor.stdout) as { findings: { check: string; found: string }[] };
      const told = Object.fromEntries(findings.map(({ check, found }) => [check, found]));
      expect(told).toMatchObject({
        Migrations: 'up to date',
        Rights: 'sluice reads and writes rows and ledger',
        Owner: 'sluice_owner owns the tables and may make new ones',
        Reader: 'board reads rows and ledger, but neither rejects nor conflicts',
      });
      expect(cli('migrate')).toMatchObject({
        status: 0,
        stderr: expect.stringContaining('sluice_owner:***@'),
      });
      expect(cli('undo', 'a.csv', '--yes')).toMatchObject({ status: 0 });
      expect(await totals(role)).toMatchObject({ inserted: 1, undone: 1 });
      expect(fleet.output).not.toContain('42501');
    } finally {
      await fleet.stop();
    }
  }, 180_000);

  test('nobody else may read its tables, or make any beside them', async () => {
    await admin`CREATE ROLE outsider`;
    await admin`SET ROLE outsider`;
    await expect(admin`SELECT * FROM events`).rejects.toMatchObject(denied);
    await expect(admin`CREATE TABLE public.sluice_files (n INT)`).rejects.toMatchObject(denied);
    await admin`RESET ROLE`;
  });

  describe('a member of sluice_viewer', () => {
    let viewer: postgres.Sql;
    const readable = [
      'events',
      'sluice_acks',
      'sluice_audit',
      'sluice_chunks',
      'sluice_commit_counts',
      'sluice_commits',
      'sluice_contracts',
      'sluice_feeds',
      'sluice_files',
      'sluice_migrations',
      'sluice_processes',
    ];

    beforeAll(async () => {
      await admin.unsafe(`CREATE ROLE clerk LOGIN PASSWORD 'clerk' IN ROLE sluice_viewer`);
      viewer = postgres(urlOf('ecommerce_streaming', { name: 'clerk', password: 'clerk' }), { max: 1 });
    });
    afterAll(() => viewer?.end());

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

  describe('an installation of another kind', () => {
    /** A database with these owners and rights. */
    async function database(name: string, statements: string): Promise<postgres.Sql> {
      await admin.unsafe(`CREATE DATABASE ${name}`);
      const sql = postgres(urlOf(name), { max: 1, onnotice: () => undefined });
      await sql.unsafe(statements);
      return sql;
    }

    test('with one role that was migrated before there were others goes on as it is', async () => {
      await admin.unsafe(`CREATE ROLE app LOGIN PASSWORD 'app'`);
      const by = await database('one_role', 'GRANT CREATE ON SCHEMA public TO app');
      const app = connectPostgres(urlOf('one_role', { name: 'app', password: 'app' }), 'test');
      await app.unsafe(`CREATE TABLE sluice_migrations (
        version INT PRIMARY KEY, name TEXT NOT NULL, applied_at TIMESTAMPTZ NOT NULL DEFAULT now())`);
      for (const { version, name, text } of knownMigrations().filter((one) => one.version <= 8)) {
        await app.unsafe(withEventsTable(text, 'events'));
        await app`INSERT INTO sluice_migrations (version, name) VALUES (${version}, ${name})`;
      }
      await app`INSERT INTO sluice_audit (action, subject, detail, done_by, done_at)
        VALUES ('test', 'x', '{}', 'me', now() - interval '1 day')`;
      expect((await migrate(app)).length).toBeGreaterThan(0);
      await checkSchema(app);
      expect(await lackingRights(app)).toEqual([]);
      expect(await dropOldAudit(app, 1000)).toBe(1);
      expect((await verify(app)).problems).toEqual([]);
      await app.end();
      await by.end();
    });

    test('whose worker was given its rights by hand can drop old entries of the audit as before', async () => {
      await admin.unsafe(`CREATE ROLE hand LOGIN PASSWORD 'hand'`);
      const by = await database('by_hand', '');
      const superuser = connectPostgres(urlOf('by_hand'), 'test');
      await superuser.unsafe(`CREATE TABLE sluice_migrations (
        version INT PRIMARY KEY, name TEXT NOT NULL, applied_at TIMESTAMPTZ NOT NULL DEFAULT now())`);
      for (const { version, name, text } of knownMigrations().filter((one) => one.version <= 8)) {
        await superuser.unsafe(withEventsTable(text, 'events'));
        await superuser`INSERT INTO sluice_migrations (version, name) VALUES (${version}, ${name})`;
      }
      await by`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO hand`;
      await migrate(superuser);
      await superuser`INSERT INTO sluice_audit (action, subject, detail, done_by, done_at)
        VALUES ('test', 'x', '{}', 'me', now() - interval '1 day')`;
      const hand = connectPostgres(urlOf('by_hand', { name: 'hand', password: 'hand' }), 'test');
      expect(await lackingRights(hand)).toEqual([]);
      expect(await dropOldAudit(hand, 1000)).toBe(1);
      await Promise.all([hand.end(), superuser.end(), by.end()]);
    });

    test('whose table of events belongs to somebody else is migrated around that table', async () => {
      await admin`CREATE ROLE dba`;
      const by = await database(
        'of_dba',
        `CREATE TABLE events (event_id UUID PRIMARY KEY, event_type TEXT, product_id TEXT, user_id TEXT,
           event_timestamp TIMESTAMP, quantity INT, price NUMERIC, created_at TIMESTAMP DEFAULT now());
         ALTER TABLE events OWNER TO dba; GRANT CREATE ON SCHEMA public TO sluice_owner;
         GRANT SELECT, INSERT, DELETE ON events TO sluice;
         ALTER DEFAULT PRIVILEGES FOR ROLE sluice_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO sluice`,
      );
      const [migrating, working] = ['sluice_owner', 'sluice'].map((name) =>
        connectPostgres(urlOf('of_dba', { name, password }), 'test'),
      ) as [Sql, Sql];
      await migrate(migrating);
      await checkSchema(working);
      expect(await lackingRights(working)).toEqual([]);
      expect((await verify(working)).problems).toEqual([]);
      const [{ indexes } = { indexes: 0 }] = await by<{ indexes: number }[]>`
        SELECT count(*)::int AS indexes FROM pg_indexes WHERE tablename = 'events'`;
      expect(indexes).toBe(1);
      await Promise.all([migrating.end(), working.end(), by.end()]);
    });

    test('with one role is split by the file: the pipeline goes on, and only the owner migrates', async () => {
      await Promise.all([owner.end(), role.end(), admin.end()]);
      admin = postgres(urlOf('postgres'), { max: 1, onnotice: () => undefined });
      await admin`DROP DATABASE ecommerce_streaming WITH (FORCE)`;
      const by = await database(streaming, 'GRANT CREATE ON SCHEMA public TO sluice');
      role = connectPostgres(urlOf(streaming, { name: 'sluice', password }), 'test');
      owner = connectPostgres(urlOf(streaming, { name: 'sluice_owner', password }), 'test');
      await migrate(role);
      expect(await roleOf(role)).toMatchObject({ owns: true });
      expect(setUp()).toMatchObject({ status: 0, stderr: '' });
      expect(await roleOf(role)).toMatchObject({ owns: false, creates: false });
      expect(await roleOf(owner)).toMatchObject({ owns: true, creates: true });
      expect(await lackingRights(role)).toEqual([]);
      await expect(role`DELETE FROM sluice_audit`).rejects.toMatchObject(denied);
      expect(await dropOldDetail(role, 'events', 1000)).toMatchObject({ rows: 0 });
      const [{ others } = { others: 1 }] = await by<{ others: number }[]>`
        SELECT count(*)::int AS others FROM pg_proc WHERE proname LIKE 'sluice%' AND proowner <> 'sluice_owner'::regrole`;
      expect(others).toBe(0);
      await by.end();
    });
  });
});
