import { setTimeout as delay } from 'node:timers/promises';
import { testDatabase, waitFor } from '@sluice/testkit';
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { TcpProxy } from '../src/tcp-proxy.ts';
import { settled } from './settled.ts';

const ROWS = 60_000;
/** Some megabytes, so that most of it still waits for the socket when the server answers. */
const MANY = Array.from({ length: ROWS }, (_, n) => `${n},${'x'.repeat(90)}\n`).join('');
const COPY = "COPY copied (id, name) FROM STDIN (DELIMITER ',', NULL '')";

let database: Awaited<ReturnType<typeof testDatabase>>;
let proxy: TcpProxy;
/** One connection, through the proxy. */
let one: postgres.Sql;
let direct: postgres.Sql;

beforeAll(async () => {
  database = await testDatabase();
  const way = new URL(database.url);
  proxy = await TcpProxy.before(Number(way.port));
  way.port = String(proxy.port);
  one = postgres(way.href, { max: 1, backoff: () => 0.01 });
  direct = postgres(database.url);
  await direct`CREATE TABLE copied (id int PRIMARY KEY, name text NOT NULL CHECK (name <> 'refused'))`;
});

beforeEach(async () => {
  await direct`TRUNCATE copied`;
});

afterAll(async () => {
  await one.end({ timeout: 5 });
  await direct.end();
  await proxy.close();
  await database.drop();
});

const names = async () =>
  (await direct<{ name: string }[]>`SELECT name FROM copied ORDER BY id`).map(({ name }) => name);

const isWaiting = async () => {
  const waiting = await direct<{ pid: number }[]>`
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE 'COPY copied%' AND wait_event_type = 'Lock'`;
  return waiting[0]?.pid;
};

/** Does something while a COPY within a transaction waits for a lock. */
async function whileItWaits(work: (pid: number) => Promise<unknown>): Promise<object> {
  let outcome: Promise<object> | undefined;
  await direct.begin(async (holder) => {
    await holder`LOCK TABLE copied IN SHARE MODE`;
    outcome = settled(
      one.begin(async (transaction) => {
        await transaction`SET LOCAL statement_timeout = '2s'`;
        await transaction.unsafe(COPY, [], { copy: MANY });
      }),
    );
    await waitFor(async () => (await isWaiting()) !== undefined, { what: 'a COPY that waits for the lock' });
    await work((await isWaiting()) ?? 0);
    await outcome;
  });
  return (await outcome) ?? {};
}

describe('a COPY whose data are sent with the statement', () => {
  test('tells how many rows it took, of none, of few and of many', async () => {
    expect((await one.unsafe(COPY, [], { copy: '' })).count).toBe(0);
    const special = 'back\\\\slash\\, comma\\nand line, end'.replace(', end', '\\, end');
    expect((await one.unsafe(COPY, [], { copy: `-1,${special}\n-2,grün 漢\n` })).count).toBe(2);
    expect((await one.unsafe(COPY, [], { copy: MANY })).count).toBe(ROWS);
    expect((await names()).slice(0, 2)).toEqual(['grün 漢', 'back\\slash, comma\nand line, end']);
  });

  test.each([
    ['an unknown column', COPY.replace('name)', 'nobody)'), MANY, '42703'],
    ['a value that is none of the type', COPY, `x,y\n${MANY}`, '22P02'],
    ['a value that is refused', COPY, `-1,refused\n${MANY}`, '23514'],
    ['a missing column', COPY, `-1\n${MANY}`, '22P04'],
    ['a key that is there twice', COPY, `1,twice\n${MANY}`, '23505'],
    ['another statement than a COPY', 'SELECT nothing', MANY, '42703'],
  ])('is refused for %s, and its session serves others at once', async (_, statement, copy, code) => {
    expect(await settled(one.unsafe(statement, [], { copy }))).toMatchObject({ error: { code } });
    expect(await settled(one`SELECT 1 AS one`)).toMatchObject({ answer: [{ one: 1 }] });
    const inTransaction = one.begin(async (transaction) => {
      await transaction`INSERT INTO copied VALUES (-9, 'left')`;
      await transaction.unsafe(statement, [], { copy });
    });
    const others = [one`SELECT 2 AS two`, one`SELECT 3 AS three`].map((query) => settled(query));
    expect(await settled(inTransaction)).toMatchObject({ error: { code } });
    expect(await Promise.all(others)).toMatchObject([{ answer: [{ two: 2 }] }, { answer: [{ three: 3 }] }]);
    expect(await names()).toEqual([]);
  });

  test('goes on with the statements that were sent behind it', async () => {
    const counts = await one.begin(async (transaction) => {
      const copied = transaction.unsafe(COPY, [], { copy: MANY });
      const [counted, [found]] = await Promise.all([
        copied,
        transaction<{ n: number }[]>`SELECT count(*)::int AS n FROM copied`,
      ]);
      return [counted.count, found?.n];
    });
    expect(counts).toEqual([ROWS, ROWS]);
  });

  test('keeps its session for its transaction until that ends, although the answer comes before the data are sent', async () => {
    const { promise: refused, resolve } = Promise.withResolvers<void>();
    const inTransaction = settled(
      one.begin(async (transaction) => {
        await transaction.unsafe(COPY, [], { copy: `x,y\n${MANY.repeat(5)}` }).catch(() => resolve());
        // Long enough for the rest of the data to leave.
        await delay(300);
      }),
    );
    await refused;
    expect(await settled(one`SELECT 1 AS one`)).toMatchObject({ answer: [{ one: 1 }] });
    expect(await inTransaction).toMatchObject({ error: { code: '22P02' } });
  });

  test('does not keep its session for itself when the statement that copies is none', async () => {
    expect(await settled(one.unsafe('SELECT 1 AS one', [], { copy: MANY }))).toMatchObject({
      answer: [{ one: 1 }],
    });
    expect(await settled(one`SELECT 1 AS one`)).toMatchObject({ answer: [{ one: 1 }] });
  });

  test.each([
    ['runs out of its time', async () => undefined, '57014'],
    [
      'has its session ended',
      async (pid: number) => await direct`SELECT pg_terminate_backend(${pid})`,
      /57P01|CLOSED|RESET|EPIPE/,
    ],
    ['loses its connection', async () => proxy.reset({ inReply: false }), /CLOSED|RESET|EPIPE/],
    [
      'loses its connection within the answer',
      async (pid: number) => {
        proxy.reset({ inReply: true });
        await direct`SELECT pg_cancel_backend(${pid})`;
      },
      /57014|CLOSED|RESET|EPIPE/,
    ],
  ])('that %s while it waits for a lock is refused, and leaves nothing', async (_, work, code) => {
    expect(await whileItWaits(work)).toMatchObject({ error: { code: expect.stringMatching(code) } });
    expect(await settled(one`SELECT 1 AS one`)).toMatchObject({ answer: [{ one: 1 }] });
    expect((await one.unsafe(COPY, [], { copy: '1,after\n' })).count).toBe(1);
    expect(await names()).toEqual(['after']);
  });
});
