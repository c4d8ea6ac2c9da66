import { connectPostgres, migrate } from '@sluice/ledger';
import { ownPostgres, ownRedis, testDatabase, testLedger, testRedis, waitFor } from '@sluice/testkit';
import { Redis } from 'ioredis';
import postgres from 'postgres';
import { expect, it, onTestFinished } from 'vitest';

it('testDatabase gives each caller an empty database and drops it with its connections', async () => {
  const [one, other] = await Promise.all([testDatabase(), testDatabase()]);
  const sql = postgres(one.url, { max: 1, onnotice: () => undefined });
  await sql`CREATE TABLE mine (n int)`;
  const otherSql = postgres(other.url, { max: 1 });
  expect(await otherSql`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`).toHaveLength(0);
  await otherSql.end();
  await Promise.all([one.drop(), other.drop()]);
  await expect(sql`SELECT 1`).rejects.toThrow();
  await sql.end();
});

it('testLedger gives each caller a database of its own in which every migration has run', async () => {
  const ledgers = await Promise.all([testLedger(), testLedger()]);
  const sqls = ledgers.map(({ url }) => connectPostgres(url, 'test'));
  for (const sql of sqls) {
    expect(await migrate(sql)).toEqual([]);
    expect(await sql`SELECT FROM events`).toHaveLength(0);
    await sql`INSERT INTO events (event_id, event_type, product_id, user_id, event_timestamp)
              VALUES (gen_random_uuid(), 'view', 'p', 'u', now())`;
  }
  await Promise.all(sqls.map((sql) => sql.end()));
  await Promise.all(ledgers.map(({ drop }) => drop()));
});

it('testRedis gives each caller a hash-tagged prefix of its own', () => {
  const [one, other] = [testRedis(), testRedis()];
  expect(one.prefix).toMatch(/^\{t-[0-9a-f]+\}$/);
  expect(one.prefix).not.toBe(other.prefix);
  expect(one.url).toBe(other.url);
});

it('ownRedis comes back on its port after a kill, with its data or empty', async () => {
  const server = await ownRedis();
  onTestFinished(() => server.stop());
  const read = async (): Promise<string | null> => {
    const redis = new Redis(server.url);
    const value = await redis.get('key').finally(() => redis.disconnect());
    return value;
  };
  const redis = new Redis(server.url);
  await redis.set('key', 'value');
  redis.disconnect();

  const { pid } = server;
  await server.kill();
  await server.start();
  expect(server.pid).not.toBe(pid);
  expect(await read()).toBe('value');
  await server.kill();
  await server.start({ empty: true });
  expect(await read()).toBeNull();
});

it('ownPostgres comes back on its port after a kill, with its data or empty', async () => {
  const server = await ownPostgres();
  onTestFinished(() => server.stop());
  const query = async (text: string): Promise<unknown[]> => {
    const sql = postgres(server.url, { max: 1 });
    return sql.unsafe(text).finally(() => sql.end());
  };
  await query('CREATE TABLE kept AS SELECT 7 AS n');
  await server.kill();
  await server.start();
  expect([...(await query('SELECT n FROM kept'))]).toEqual([{ n: 7 }]);
  await server.kill();
  await server.start({ empty: true });
  expect([...(await query("SELECT to_regclass('kept') AS t"))]).toEqual([{ t: null }]);
});

it('waitFor gives what the condition gave, and names what did not come', async () => {
  let looks = 0;
  const third = await waitFor(() => (looks++ === 2 ? 'third' : undefined), {
    what: 'a third look',
    everyMs: 1,
  });
  expect(third).toBe('third');
  const never = () => {
    throw new Error('not yet');
  };
  await expect(waitFor(never, { what: 'the sea', timeoutMs: 5, everyMs: 1 })).rejects.toThrow(
    'waited 0.005 s for the sea (last: not yet)',
  );
});
