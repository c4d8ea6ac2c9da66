import { verify } from '@sluice/ledger';
import { createLogger } from '@sluice/process';
import { openRedis } from '@sluice/staging';
import { type AppProcess, type OwnServer, ownPostgres, ownRedis, waitFor } from '@sluice/testkit';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import {
  closedFiles,
  countOf,
  dropFiles,
  expectExactly,
  nothingExpected,
  type TestPipeline,
  tableLines,
  testPipeline,
} from './load.ts';

let pipeline: TestPipeline;
let own: OwnServer | undefined;

afterEach(async () => {
  await pipeline.close();
  await own?.stop();
  own = undefined;
});

const untilCommitted = (batches: number) =>
  waitFor(async () => (await countOf(pipeline.sql, 'sluice_commits')) >= batches, {
    what: `${batches} commits`,
  });

const startWorkers = (count: number) =>
  Array.from({ length: count }, () => pipeline.fleet.start('worker', ['--concurrency', '2']));

const AWAY = 'PostgreSQL is away: work pauses until it is back, nothing is lost';

async function untilSaid(app: AppProcess, message: string): Promise<void> {
  await waitFor(() => app.lines(message).length > 0, { what: `"${message}"` });
}

describe('PostgreSQL', () => {
  it('stopped in the middle: each worker says so once, no attempt is used up, and the result is exact', async () => {
    own = await ownPostgres();
    pipeline = await testPipeline({ postgres: own });
    const expected = nothingExpected();
    dropFiles(pipeline.source, 200, 11, expected);
    pipeline.fleet.start('watcher');
    const workers = startWorkers(2);
    await untilCommitted(2);
    await own.kill();
    for (const worker of workers) await untilSaid(worker, AWAY);
    await own.start();
    await expectExactly(pipeline, expected);
    for (const worker of workers) {
      expect(worker.lines(AWAY)).toHaveLength(1);
      await untilSaid(worker, 'the outage is over: work goes on');
      expect(worker.output).not.toContain('job failed');
    }
  });

  it('stopped with a backlog far above the staging limit: Redis and every process stay bounded, then all drains', async () => {
    own = await ownPostgres();
    pipeline = await testPipeline({ postgres: own, env: { STAGING_MAX_BYTES: '128KiB' } });
    const redis = new Redis(pipeline.env.REDIS_URL ?? '');
    const staged = async () => Number(await redis.hget(`${pipeline.env.REDIS_PREFIX}:totals`, 'bytes'));
    const expected = nothingExpected();
    // Over ten times as much as may be staged.
    dropFiles(pipeline.source, 200, 12, expected);
    const watcher = pipeline.fleet.start('watcher');
    const workers = startWorkers(2);
    await untilCommitted(1);
    await own.kill();
    for (const worker of workers) await untilSaid(worker, AWAY);
    expect(await staged()).toBeLessThanOrEqual(128 * 1024);
    for (const app of [watcher, ...workers]) expect(app.memory().peak).toBeLessThan(300 * 1024 * 1024);
    await own.start();
    await expectExactly(pipeline, expected);
    expect(await staged()).toBe(0);
    redis.disconnect();
  });

  it('with a constraint that an operator added: only the rows that break it are rejected, the rest commits', async () => {
    pipeline = await testPipeline();
    await pipeline.sql`ALTER TABLE events ADD CONSTRAINT no_wishes CHECK (event_type <> 'wishlist')`;
    const expected = nothingExpected();
    dropFiles(pipeline.source, 20, 13, expected);
    const wishes = [...expected.lines].filter(([, line]) => line.split(',')[1] === 'wishlist');
    for (const [id] of wishes) expected.lines.delete(id);
    pipeline.fleet.start('watcher');
    startWorkers(2);
    await waitFor(async () => (await closedFiles(pipeline.sql)) >= 20, { what: '20 complete files' });
    expect(await tableLines(pipeline.sql)).toEqual(expected.lines);
    expect([...(await verify(pipeline.sql)).problems]).toEqual([]);
    const refused = await pipeline.sql<{ expected: string; raw: string }[]>`
      SELECT expected, raw FROM sluice_rejects WHERE code = 'refused_by_database'`;
    expect(refused.length).toBeGreaterThanOrEqual(wishes.length);
    expect(new Set(refused.map((reject) => reject.expected))).toEqual(
      new Set(['a row that PostgreSQL takes: SQLSTATE 23514, constraint no_wishes']),
    );
    expect(refused.map((reject) => reject.raw).sort()).toEqual(
      expect.arrayContaining(wishes.map(([, line]) => line).sort()),
    );
  });

  it.each([
    [
      'SL002',
      `CREATE FUNCTION drop_row() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
       CREATE TRIGGER drop_row BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION drop_row()`,
      'DROP TRIGGER drop_row ON events',
    ],
  ])(
    'that refuses a whole batch with %s keeps it in the failed set, and it can be tried again from there',
    async (sqlstate, fault, remedy) => {
      pipeline = await testPipeline({ env: { INSERT_ATTEMPTS: '1' } });
      const expected = nothingExpected();
      const watcher = pipeline.fleet.start('watcher');
      const [worker] = startWorkers(1);
      await untilSaid(watcher, 'watching');
      await waitFor(() => worker?.output.includes('"working"'), { what: 'a worker at work' });
      await pipeline.sql.unsafe(fault);
      dropFiles(pipeline.source, 3, 14, expected);
      await waitFor(() => worker?.output.includes('it stays in the failed set'), { what: 'a failed batch' });
      const stores = openRedis(pipeline.env.REDIS_URL ?? '', {
        ...{ prefix: pipeline.env.REDIS_PREFIX ?? '', insertAttempts: 1 },
        ...{ whileAway: 'wait', log: createLogger('test', 'silent') },
      });
      const failed = async () => await stores.queues.jobs('insert', 'failed', 0, 100);
      expect((await failed())[0]?.reason).toContain(sqlstate);
      await pipeline.sql.unsafe(remedy);
      // On a slow machine the files come in more than one batch.
      await waitFor(
        async () => {
          for (const { id } of await failed()) await stores.queues.retry('insert', id);
          return (await closedFiles(pipeline.sql)) === 3;
        },
        { what: 'all files to be complete' },
      );
      await expectExactly(pipeline, expected);
      await stores.queues.close();
      stores.redis.close();
    },
  );

  it('that times out until the attempts are used up: a later flush tries the batch again', async () => {
    pipeline = await testPipeline({ env: { INSERT_ATTEMPTS: '1' } });
    await pipeline.sql.unsafe(`
      CREATE FUNCTION too_slow() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'canceling statement due to statement timeout' USING ERRCODE = '57014'; END $$;
      CREATE TRIGGER too_slow BEFORE INSERT ON events EXECUTE FUNCTION too_slow()`);
    const expected = nothingExpected();
    dropFiles(pipeline.source, 3, 18, expected);
    pipeline.fleet.start('watcher');
    const [worker] = startWorkers(1);
    await waitFor(() => worker?.output.includes('it stays in the failed set'), { what: 'a failed batch' });
    await pipeline.sql`DROP TRIGGER too_slow ON events`;
    await expectExactly(pipeline, expected);
    expect(
      worker?.lines('open batches had no job, or one that failed for a cause that passes: queued them again'),
    ).not.toEqual([]);
  });
});

describe('Redis', () => {
  it.each([{ empty: false }, { empty: true }])(
    'gone and back, empty: $empty: everybody says so once and goes on',
    async ({ empty }) => {
      own = await ownRedis();
      pipeline = await testPipeline({ redis: own });
      const expected = nothingExpected();
      dropFiles(pipeline.source, 200, 15, expected);
      const watcher = pipeline.fleet.start('watcher');
      const workers = startWorkers(2);
      await untilCommitted(2);
      await own.kill();
      const away = 'Redis is away: waiting for it, nothing is lost meanwhile';
      for (const app of [watcher, ...workers]) await untilSaid(app, away);
      dropFiles(pipeline.source, 10, 16, expected);
      await own.start({ empty });
      await expectExactly(pipeline, expected);
      for (const app of [watcher, ...workers]) {
        expect(app.lines(away)).toHaveLength(1);
        expect(app.lines('Redis is back')).toHaveLength(1);
      }
    },
  );

  it('that takes no writes for a while, as with a full disk or memory: said with what to free, then work goes on', async () => {
    own = await ownRedis();
    pipeline = await testPipeline({ redis: own });
    const redis = new Redis(own.url);
    const expected = nothingExpected();
    dropFiles(pipeline.source, 100, 19, expected);
    pipeline.fleet.start('watcher');
    const [worker] = startWorkers(1);
    await untilCommitted(1);
    await redis.config('SET', 'maxmemory', '1');
    dropFiles(pipeline.source, 50, 20, expected);
    const away = 'Redis is away: work pauses until it is back, nothing is lost';
    await waitFor(() => worker?.lines(away).some((line) => String(line.hint).startsWith('free disk space')), {
      what: 'what to free',
    });
    await redis.config('SET', 'maxmemory', '0');
    redis.disconnect();
    await expectExactly(pipeline, expected);
    expect(worker?.lines(away)).toHaveLength(1);
  });
});

describe('SIGTERM under load', () => {
  it('ends every app with 0, and nothing is lost or doubled', async () => {
    pipeline = await testPipeline();
    const expected = nothingExpected();
    dropFiles(pipeline.source, 400, 17, expected);
    const apps = [pipeline.fleet.start('watcher'), ...startWorkers(3)];
    await untilCommitted(3);
    for (const app of apps) app.signal('SIGTERM');
    for (const app of apps) expect(await app.ended()).toBe(0);
    expect(await closedFiles(pipeline.sql)).toBeLessThan(400);
    pipeline.fleet.start('watcher');
    startWorkers(2);
    await expectExactly(pipeline, expected);
  });
});
