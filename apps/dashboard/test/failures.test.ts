import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import * as schemas from '../src/api/schemas.ts';
import { HEADER, idOf, lineOf, type TestDashboard, testDashboard } from './test-dashboard.ts';

let dashboard: TestDashboard;
let redis: Redis;

beforeEach(async () => {
  dashboard = await testDashboard();
  redis = new Redis(dashboard.stores.config.redisUrl ?? '');
});

afterEach(async () => {
  redis.disconnect();
  await dashboard.close();
});

async function ask<S extends z.ZodType>(address: string, schema: S): Promise<z.infer<S>> {
  const { status, body } = await dashboard.get(address);
  expect({ address, status, body }).toMatchObject({ address, status: 200 });
  return schema.parse(body);
}

async function act(action: string, order: object): Promise<z.infer<typeof schemas.done>> {
  const { status, body } = await dashboard.act(`/api/actions/${action}`, order);
  expect({ action, status, body }).toMatchObject({ action, status: 200 });
  return schemas.done.parse(body);
}

/** What was done, apart from log-ins. */
async function audit(): Promise<string[]> {
  const { entries } = await ask('/api/audit', schemas.auditList);
  const acts = entries.filter(({ action }) => action !== 'log_in');
  return acts.map(({ action, subject, doneBy }) => `${action} ${subject} by ${doneBy}`);
}

/** The database refuses one product, in a way that is not a fault of the values as far as SQLSTATE tells. */
async function refuse(when = "NEW.product_id = 'bad'"): Promise<void> {
  await dashboard.stores.sql.unsafe(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      RAISE EXCEPTION 'permission denied' USING ERRCODE = '42501';
    END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON events FOR EACH ROW WHEN (${when}) EXECUTE FUNCTION refuse()`);
}

const lines = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) =>
    lineOf(from + i, { product: from + i === 7 ? 'bad' : 'p' }),
  ).join('');

describe('a failed batch', () => {
  it('is found by its reason, leads to the one bad record, is retried, and is gone', async () => {
    await refuse();
    dashboard.drop('one.csv', HEADER + lines(1, 20));
    await dashboard.load();

    const { groups, jobs } = await ask('/api/failures', schemas.failures);
    expect(jobs).toBe(1);
    expect(groups).toMatchObject([
      { queue: 'insert', jobs: 1, records: 20, sqlstate: '42501', samples: [{ files: ['one.csv'] }] },
    ]);
    const { health, failed, forecast } = await ask('/api/overview', schemas.overview);
    expect(forecast).toMatchObject({ state: 'stopped', clearsAt: null });
    expect(health).toMatchObject({
      state: 'stuck',
      reasons: [{ code: 'failed_batches' }, { code: 'no_workers' }],
    });
    expect(failed).toMatchObject({ batches: 1, records: 20, files: 0 });

    const [group] = groups;
    const [sample] = group?.samples ?? [];
    const address = `/api/failures/insert/${sample?.job}`;
    const page = await ask(address, schemas.failurePage);
    expect(page).toMatchObject({
      job: { state: 'failed', attempts: 1, sqlstate: '42501', group: group?.group },
      attempts: [{ text: expect.stringContaining('attempt 1: PostgreSQL failed: SQLSTATE 42501') }],
      chunks: [{ file: 'one.csv', firstLine: 1, lastLine: 21, records: 20, staged: true }],
    });
    const { records, missing } = await ask(`${address}/records`, schemas.batchRecords);
    expect([records.length, missing]).toEqual([20, 0]);

    const order = { queue: 'insert', job: sample?.job };
    const { status, body } = await dashboard.act('/api/actions/find', order);
    expect(status).toBe(200);
    expect(schemas.found.parse(body)).toMatchObject({
      refused: [{ file: 'one.csv', line: 8, eventId: idOf(7), sqlstate: '42501' }],
      more: false,
    });
    expect(await dashboard.stores.sql`SELECT FROM events`).toHaveLength(0);

    await dashboard.stores.sql`DROP TRIGGER refuse ON events`;
    expect(await act('retry', order)).toMatchObject({ changed: 1 });
    expect(await act('retry', order)).toMatchObject({ changed: 0 });
    await dashboard.load();
    expect((await ask('/api/failures', schemas.failures)).groups).toEqual([]);
    expect(await dashboard.stores.sql`SELECT FROM events`).toHaveLength(20);
    expect(await audit()).toEqual([`retry insert ${sample?.job} by local@127.0.0.1`]);
  });

  it('is loaded without its bad record, which becomes a reject, once; its page tells what became of it', async () => {
    await refuse();
    dashboard.drop('one.csv', HEADER + lines(1, 20));
    await dashboard.load();
    const { open, commits } = await ask('/api/batches', schemas.batchList);
    expect(commits).toEqual([]);
    expect(open).toMatchObject([{ state: 'failed', records: 20, files: ['one.csv'], attempts: 1 }]);
    const job = open[0]?.batch ?? '';
    expect(await ask(`/api/batches/${job}`, schemas.batchPage)).toMatchObject({
      ...{ state: 'failed', records: 20, commits: [], rejects: [] },
      ...{ job: { attempts: 1, reason: expect.stringContaining('42501') } },
      chunks: [{ file: 'one.csv', firstLine: 1, lastLine: 21, records: 20, committedAt: null }],
    });

    const order = { queue: 'insert', job };
    const wrong = await dashboard.act('/api/actions/reject', { ...order, records: [{ fileNo: 1, line: 3 }] });
    expect([wrong.status, wrong.body]).toMatchObject([409, { error: { code: 'refused' } }]);
    const both = await Promise.all([act('reject', order), act('reject', order)]);
    expect(both.map(({ changed }) => changed).sort()).toEqual([0, 1]);
    await dashboard.load();
    expect(await dashboard.stores.sql`SELECT FROM events`).toHaveLength(19);
    const page = await ask(`/api/batches/${job}`, schemas.batchPage);
    expect(page).toMatchObject({
      ...{ state: 'committed', records: 20, job: { reason: null } },
      commits: [{ batches: [job], records: 20, inserted: 19, duplicates: 0, rejects: 1 }],
      rejects: [{ file: 'one.csv', line: 8, reason: 'refused_by_database' }],
    });
    expect(page.timeline.map(({ name }) => name)).toContain('committed');
    const list = await ask('/api/batches?feed=events', schemas.batchList);
    expect(list).toMatchObject({ open: [], commits: [{ feed: 'events', batches: [job] }], cursor: null });
    const after = `/api/batches?cursor=${list.commits[0]?.commitNo}`;
    expect((await ask(after, schemas.batchList)).commits).toEqual([]);
    expect((await dashboard.get(`/api/batches/${crypto.randomUUID()}`)).status).toBe(404);
    expect(await audit()).toContain(`reject insert ${job} by local@127.0.0.1`);
  });

  it('is one of a group, whatever ids and names differ, and the group is retried at once, once', async () => {
    await refuse('true');
    for (const n of [1, 2]) {
      dashboard.drop(`file-${n}.csv`, HEADER + lines(10 * n, 10 * n + 5));
      await dashboard.load(async () => (await dashboard.stores.queues.counts('insert')).failed === n);
    }
    const { groups } = await ask('/api/failures', schemas.failures);
    expect(groups).toMatchObject([{ jobs: 2, records: 12 }]);
    const order = { group: groups[0]?.group };
    const both = await Promise.all([act('retry', order), act('retry', order)]);
    expect(both.reduce((sum, { changed }) => sum + changed, 0)).toBe(2);
    expect(await act('retry', order)).toMatchObject({ changed: 0 });
    expect((await ask('/api/failures', schemas.failures)).jobs).toBe(0);
  });

  it('is retried with all of its group, also of more than a page looks at', async () => {
    const { parse } = dashboard.stores.queues.board();
    await parse.addBulk(Array.from({ length: 1_005 }, () => ({ name: 'parse', data: {} as never })));
    // Failed at once: running them all takes its time.
    const ids = await redis.lrange(parse.toKey('wait'), 0, -1);
    await redis.zadd(parse.toKey('failed'), ...ids.flatMap((id, i) => [i + 1, id]));
    await redis.del(parse.toKey('wait'));
    const { groups, jobs, looked } = await ask('/api/failures', schemas.failures);
    expect([jobs, looked, groups.length]).toEqual([1_005, 1_000, 1]);
    expect(await act('retry', { group: groups[0]?.group })).toMatchObject({ changed: 1_005 });
    expect([await parse.getFailedCount(), await parse.getWaitingCount()]).toEqual([0, 1_005]);
  });
});

describe('an action', () => {
  it('reads a file again as a new version, once at a time, and says by whom', async () => {
    dashboard.drop('again.csv', HEADER + lines(1, 3));
    await dashboard.load();
    expect(await act('replay', { file: 1 })).toMatchObject({ changed: 1 });
    expect(await dashboard.act('/api/actions/replay', { file: 1 })).toMatchObject({ status: 409 });
    expect(await dashboard.act('/api/actions/replay', { file: 99 })).toMatchObject({ status: 404 });
    await dashboard.load();
    expect((await ask('/api/files/2', schemas.filePage)).file).toMatchObject({
      generation: 1,
      duplicates: 3,
    });
    expect(await audit()).toEqual(['replay again.csv by local@127.0.0.1']);
  });

  it('pauses a queue and has it go on; doing it twice changes nothing and is not written down', async () => {
    const changes = [];
    for (const action of ['pause', 'pause', 'resume', 'resume']) {
      changes.push((await act(action, { queue: 'parse' })).changed);
    }
    expect(changes).toEqual([1, 0, 1, 0]);
    await act('pause', { queue: 'insert' });
    const { queues } = await ask('/api/queues', schemas.queues);
    expect(queues.map(({ paused }) => paused)).toEqual([false, false, true]);
    const by = 'by local@127.0.0.1';
    expect(await audit()).toEqual([`pause insert ${by}`, `resume parse ${by}`, `pause parse ${by}`]);
  });
});

describe('Bull Board', () => {
  it('tells files, spans and counts of a failed batch, links to our page, and asks no other host', async () => {
    await refuse();
    dashboard.drop('one.csv', HEADER + lines(1, 20));
    await dashboard.load();
    const { body } = await dashboard.get('/queues/api/queues?activeQueue=insert&status=failed');
    const { queues } = body as { queues: { name: string; jobs: Record<string, unknown>[] }[] };
    const [job] = queues.find(({ name }) => name === 'insert')?.jobs ?? [];
    expect(job).toMatchObject({
      name: '20 records of 1 file: one.csv 1-21',
      data: { records: 20, chunks: [{ file: 'one.csv', lines: [1, 21], records: 20 }] },
      failedReason: expect.stringContaining('SQLSTATE 42501'),
      externalUrl: { href: `/#/failures/insert/${job?.id}` },
    });
    const address = `/queues/api/queues/insert/${job?.id}`;
    const headers = dashboard.program({ role: 'operator', values: false });
    const records = await dashboard.app.inject({ url: `/api/failures/insert/${job?.id}/records`, headers });
    expect(records.json().records[0]).toMatchObject({ line: 2, eventId: idOf(1), values: null });
    for (const url of [address, '/queues/api/queues?activeQueue=insert&status=failed']) {
      const shown = await dashboard.app.inject({ url, headers });
      expect([url, shown.statusCode, /"data":(?!"shown to users)/.test(shown.body)]).toEqual([
        url,
        200,
        false,
      ]);
    }
    const page = await dashboard.app.inject({ url: '/queues/', headers: dashboard.own });
    expect(page.body).not.toMatch(/https?:\/\//);
    expect(page.headers['content-security-policy']).toContain("style-src 'self' 'unsafe-inline'");
  });
});

describe('what somebody else wrote into Redis', () => {
  it('takes no figure, list or page away', async () => {
    dashboard.drop('one.csv', HEADER + lines(1, 3));
    await dashboard.load();
    const queues = dashboard.stores.queues.board();
    const key = (name: string) => `${dashboard.stores.config.redisPrefix}:${name}`;
    await redis.hset(key('fleet'), { a: 'SECRET', b: '{"seenAt":1e300}', c: 'null' });
    await redis.hset(key('chunks'), { '9/1': 'SECRET', '9/2': '{"records":-1}' });
    await redis.hset(key('batches'), 'x', 'SECRET');
    await redis.hset(key('totals'), { bytes: 'x', records: '{}', flushed_at: '9e99' });
    await redis.hset(queues.flush.toKey('repeat:tick'), { data: '{', opts: '{' });
    for (const queue of Object.values(queues)) {
      for (const state of ['failed', 'completed']) {
        for (const [id, fields] of Object.entries({
          hash: { data: '{', opts: '[', timestamp: 'x' },
          odd: { x: '1' },
        })) {
          await redis.hset(queue.toKey(`${state}-${id}`), { finishedOn: '9e99', ...fields });
          await redis.zadd(queue.toKey(state), 1, `${state}-${id}`);
        }
        await redis.set(queue.toKey(`${state}-text`), 'SECRET');
        await redis.zadd(queue.toKey(state), 1, `${state}-text`);
      }
    }
    const pages = ['overview', 'series', 'fleet', 'queues', 'failures', 'failures/insert/failed-hash'];
    const addresses = [
      ...pages.map((page) => `/api/${page}`),
      ...['/metrics', '/readyz', '/queues/api/queues?activeQueue=insert&status=failed&page=1'],
    ];
    for (const url of addresses) {
      const { statusCode, body } = await dashboard.app.inject({ url, headers: { ...dashboard.own } });
      expect({ url, statusCode, body }).toMatchObject({ url, statusCode: 200 });
      expect(body).not.toContain('SECRET');
    }
    const { statusCode } = await dashboard.app.inject({
      url: '/api/failures/insert/failed-hash/records',
      headers: { ...dashboard.own },
    });
    expect(statusCode).toBe(404);
    const { groups } = await ask('/api/failures', schemas.failures);
    expect(groups.reduce((sum, { jobs }) => sum + jobs, 0)).toBe(9);
    expect((await ask('/api/overview', schemas.overview)).totals).toMatchObject({ inserted: 3 });
  });
});
