import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { testDatabase, waitFor } from '@sluice/testkit';
import postgres from 'postgres';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Random } from '../src/random.ts';
import { TcpProxy } from '../src/tcp-proxy.ts';
import { settled } from './settled.ts';

/** Resets of all connections, some at once and some in the middle of a reply. */
const RESETS = 25;
const CLIENTS = 30;

let database: Awaited<ReturnType<typeof testDatabase>>;
let proxy: TcpProxy;
/** Of the database, through the proxy. */
let url: string;
let sql: postgres.Sql;
let direct: postgres.Sql;
let closed: number;
let over: boolean;
let answers: number;

beforeEach(async () => {
  database = await testDatabase();
  const way = new URL(database.url);
  proxy = await TcpProxy.before(Number(way.port));
  way.port = String(proxy.port);
  url = way.href;
  closed = 0;
  const onclose = () => {
    closed += 1;
  };
  sql = postgres(url, { max: 10, backoff: () => 0.01, onclose });
  direct = postgres(database.url);
  over = false;
  answers = 0;
});

afterEach(async () => {
  await sql.end({ timeout: 5 });
  await direct.end();
  await proxy.close();
  await database.drop();
});

async function resetAgainAndAgain(): Promise<void> {
  const random = new Random(1);
  try {
    for (let i = 0; i < RESETS; i += 1) {
      const before = answers;
      await waitFor(() => answers > before + CLIENTS, { what: 'answers over new connections' });
      await delay(random.between(0, 8));
      proxy.reset({ inReply: random.next() < 0.5 });
    }
  } finally {
    over = true;
  }
}

/** Many ask at once, each again as soon as it has its answer, until the resets are over. */
async function ask(question: (n: number) => Promise<void>): Promise<void> {
  let n = 0;
  const client = async () => {
    while (!over) await question(n++);
  };
  await Promise.all([resetAgainAndAgain(), ...Array.from({ length: CLIENTS }, client)]);
}

test('a query whose connection is reset is answered or refused, never forgotten and never answered falsely', {
  timeout: 60_000,
}, async () => {
  let refused = 0;
  await ask(async (n) => {
    const outcome = await settled(sql<{ n: number; text: string }[]>`SELECT ${n}::int AS n, 'x' AS text`);
    if ('error' in outcome) {
      refused += 1;
      return;
    }
    expect([...outcome.answer]).toEqual([{ n, text: 'x' }]);
    answers += 1;
  });
  expect(refused).toBeGreaterThan(RESETS);
  // An idle connection may hear of the last reset later than all who asked.
  await waitFor(() => closed === proxy.broken, { what: 'the end of every connection that was reset' });
  expect(await settled(sql`SELECT 1 AS one`)).toMatchObject({ answer: [{ one: 1 }] });
});

test('a transaction whose connection is reset is committed as a whole or not at all (I2)', {
  timeout: 60_000,
}, async () => {
  await direct`CREATE TABLE pairs (id uuid, half int)`;
  const confirmed: string[] = [];
  await ask(async () => {
    const id = randomUUID();
    const outcome = await settled(
      sql.begin(async (transaction) => {
        await transaction`INSERT INTO pairs VALUES (${id}, 1)`;
        // Long enough for the connection to serve somebody else meanwhile.
        await delay(30);
        await transaction`INSERT INTO pairs VALUES (${id}, 2)`;
      }),
    );
    if ('error' in outcome) return;
    confirmed.push(id);
    answers += 1;
  });
  const halves =
    await direct`SELECT id FROM pairs GROUP BY id HAVING array_agg(half ORDER BY half) <> '{1,2}'`;
  expect([...halves]).toEqual([]);
  const whole = new Set((await direct<{ id: string }[]>`SELECT id FROM pairs`).map(({ id }) => id));
  expect(confirmed.filter((id) => !whole.has(id))).toEqual([]);
});

test('a query that is under way when its session is ended is refused, and no later one is refused for it', async () => {
  const one = postgres(database.url, { max: 1, backoff: () => 0.01 });
  const sleep = settled(one`SELECT pg_sleep(60)`);
  await waitFor(
    async () => {
      const ended = await direct`
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'`;
      return ended.length > 0;
    },
    { what: 'the end of the session' },
  );
  expect(await sleep).toHaveProperty('error');
  expect(await settled(one`SELECT 1 AS one`)).toMatchObject({ answer: [{ one: 1 }] });
  await one.end();
});

test('a query that is asked when another is refused is not given to the connection that was reset', async () => {
  const one = postgres(url, { max: 1, backoff: () => 0.01 });
  await one`SELECT 1`;
  const sleep = settled(one`SELECT pg_sleep(60)`);
  proxy.reset({ inReply: false });
  expect(await sleep).toHaveProperty('error');
  expect(await settled(one`SELECT 1 AS one`)).toMatchObject({ answer: [{ one: 1 }] });
  await one.end();
});

test.each(['at once', 'later'] as const)(
  'a pool whose connection was reset in the middle of a query can be closed, %s',
  async (when) => {
    const closed = Promise.withResolvers<void>();
    const pool = postgres(url, { onclose: () => closed.resolve() });
    const sleep = settled(pool`SELECT pg_sleep(60)`);
    await waitFor(() => proxy.reset({ inReply: false }) > 0, { what: 'the reset' });
    expect(await sleep).toHaveProperty('error');
    if (when === 'later') await closed.promise;
    expect(await settled(pool.end())).toEqual({ answer: undefined });
  },
);

test('a server that ends each connection without a word is away: the query is refused', async () => {
  const mute = createServer((socket) => socket.end());
  mute.listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const { port } = mute.address() as AddressInfo;
  const away = postgres({ host: '127.0.0.1', port, backoff: () => 0.01 });
  expect(await settled(away`SELECT 1`)).toMatchObject({ error: { code: 'CONNECTION_CLOSED' } });
  await away.end({ timeout: 1 });
  mute.close();
});
