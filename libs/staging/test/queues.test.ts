import { contractNo, fileNo, type Token } from '@sluice/core';
import { createLogger } from '@sluice/process';
import { testRedis } from '@sluice/testkit';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openRedis, type RedisStores, readJob } from '../src/index.ts';
import { keysOf } from '../src/keys.ts';

let redis: Redis;
let prefix: string;
let stores: RedisStores;
let queues: ReturnType<RedisStores['queues']['board']>;

const open = (log = createLogger('test', 'silent')) =>
  openRedis(testRedis().url, { prefix, insertAttempts: 3, whileAway: 'wait', log });

beforeEach(() => {
  const server = testRedis();
  prefix = server.prefix;
  redis = new Redis(server.url, { maxRetriesPerRequest: null });
  stores = open();
  queues = stores.queues.board();
});

afterEach(async () => {
  vi.useRealTimers();
  await stores.queues.close();
  stores.redis.close();
  redis.disconnect();
});

const setClockBack = (ms: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - ms });
const HOUR_MS = 3_600_000;

describe('a delayed job', () => {
  it('goes when a clock that was set back would keep it beyond its delay', async () => {
    await queues.insert.add('insert', {}, { jobId: 'late', delay: 60_000 });
    expect(await stores.upkeep.promoteOverlong()).toBe(0);
    setClockBack(HOUR_MS);
    await queues.insert.add('insert', {}, { jobId: 'in-time', delay: 60_000 });
    expect(await stores.upkeep.promoteOverlong()).toBe(1);
    expect(await queues.insert.getJobState('late')).toBe('waiting');
    expect(await queues.insert.getJobState('in-time')).toBe('delayed');
  });
});

describe('a dead job', () => {
  it('does not block its id', async () => {
    const file = {
      fileNo: fileNo.parse(7),
      name: 'a.csv',
      token: '1-2-3' as Token,
      generation: 0,
      first: true,
    };
    const isAlive = () => stores.queues.isAlive('parse', 'a.csv');
    await queues.parse.add('parse', { v: 1 }, { jobId: 'a.csv' });
    expect(await isAlive()).toBe(true);
    const [id] = await redis.lrange(`${prefix}:parse:wait`, 0, 0);
    expect(id).toBe('a.csv');
    await redis.lrem(`${prefix}:parse:wait`, 0, 'a.csv');
    await redis.zadd(`${prefix}:parse:failed`, Date.now(), 'a.csv');
    expect(await isAlive()).toBe(false);
    await stores.queues.addParse(file);
    expect(await isAlive()).toBe(true);
    expect((await queues.parse.getJob('a.csv'))?.data).toEqual({
      ...{ v: 1, file_no: 7, file: 'a.csv', bytes: 1 },
    });
  });
});

describe('the flush scheduler', () => {
  it('is made once, kept as it is, and made again when it was lost', async () => {
    expect(await stores.ticks.ensureFlush(60_000)).toBe(true);
    expect(await stores.ticks.ensureFlush(60_000)).toBe(false);
    await redis.del(...(await redis.keys(`${prefix}:flush:*`)));
    expect(await stores.ticks.ensureFlush(60_000)).toBe(true);
    expect(await queues.flush.getJobCounts('delayed', 'wait')).toMatchObject({ delayed: expect.any(Number) });
  });

  it('does not wait for a time that was noted before the clock was set back', async () => {
    await stores.ticks.ensureFlush(60_000);
    setClockBack(HOUR_MS);
    expect(await stores.ticks.ensureFlush(60_000)).toBe(true);
    const scheduler = await queues.flush.getJobScheduler('tick');
    expect(scheduler?.next).toBeLessThanOrEqual(Date.now() + 60_000);
    expect(await stores.ticks.ensureFlush(60_000)).toBe(false);
  });

  it('follows a changed interval', async () => {
    await stores.ticks.ensureFlush(60_000);
    expect(await stores.ticks.ensureFlush(30_000)).toBe(true);
    expect((await queues.flush.getJobScheduler('tick'))?.every).toBe(30_000);
  });
});

describe('the checkpoint', () => {
  it('forgets what no longer lies in the folder (I8)', async () => {
    const checkpoint = stores.checkpointOf('events');
    const seen = { token: '1-2-3' as Token, changedAt: '4' };
    const files = ['a.csv', 'b.csv', 'c.csv'].map((name) => ({ name, ...seen }));
    const other = stores.checkpointOf('orders');
    await other.add(files);
    await checkpoint.add(files);
    expect(await checkpoint.keepOnly(files.slice(1))).toBe(1);
    expect(await checkpoint.has(files)).toEqual([false, true, true]);
    expect(await other.has(files)).toEqual([true, true, true]);
  });
});

describe('the fleet', () => {
  it('is those whose heart still beats', async () => {
    const { fleet } = stores;
    const one = { role: 'worker', host: 'h', pid: 1, version: '1', startedAt: 1, concurrency: 4, busy: 2 };
    await fleet.beat({ ...one, id: 'old', seenAt: 1_000 });
    await fleet.beat({ ...one, id: 'new', seenAt: 40_000 });
    expect((await fleet.members(41_000)).map(({ id }) => id)).toEqual(['new']);
    await fleet.leave('new');
    expect(await fleet.members(41_000)).toEqual([]);
  });

  it('leaves out heartbeats that cannot be read, and says so once, without what they hold', async () => {
    const said: string[] = [];
    const log = {
      ...createLogger('test', 'silent'),
      warn: (about: object) => said.push(JSON.stringify(about)),
    };
    const { fleet, redis: server } = open(log as never);
    const one = { role: 'worker', host: 'h', pid: 1, version: '1', startedAt: 1, concurrency: 4, busy: 2 };
    await fleet.beat({ ...one, id: 'good', seenAt: 40_000 });
    const bad = ['SECRET', '{"id":"SECRET"}', 'null', JSON.stringify({ ...one, id: 'bad-3', seenAt: 1e300 })];
    for (const [i, text] of bad.entries()) await redis.hset(`${prefix}:fleet`, `bad-${i}`, text);
    for (const _ of [1, 2]) expect((await fleet.members(41_000)).map(({ id }) => id)).toEqual(['good']);
    expect(said).toHaveLength(bad.length);
    expect(said.join()).not.toContain('SECRET');
    expect(await fleet.removeUnreadable()).toBe(bad.length);
    expect(await redis.hkeys(`${prefix}:fleet`)).toEqual(['good']);
    server.close();
  });
});

describe('an insert job', () => {
  it('keeps the form that workers of other versions read, and is read as the batch that it was made of', async () => {
    const contract = contractNo.parse(2);
    const chunk = {
      contractNo: contract,
      fileNo: fileNo.parse(7),
      file: 'a.csv',
      firstLine: 2,
      lastLine: 4,
      records: 3,
    };
    const batch = {
      id: crypto.randomUUID(),
      contractNo: contract,
      chunks: [chunk, { ...chunk, firstLine: 5, lastLine: 5, records: 1 }],
    };
    expect(await stores.queues.addInsert(batch)).toBe(4);
    expect(await redis.hget(`${prefix}:insert:${batch.id}`, 'data')).toBe(
      `{"v":1,"batch":"${batch.id}","contract":2,"records":4,"transient":false,"revivals":0,"chunks":[` +
        '{"file":"a.csv","file_no":7,"lines":[2,4],"records":3},{"file":"a.csv","file_no":7,"lines":[5,5],"records":1}]}',
    );
    const value = { ...batch, records: 4, transient: false, revivals: 0 };
    expect(await stores.queues.job('insert', batch.id)).toMatchObject({
      ...{ name: '4 records of 1 file', attempts: 0, attemptsAtMost: 3, reason: null, endedAt: null },
      content: { outcome: 'read', value },
    });
    expect(await stores.queues.counts('insert')).toMatchObject({ waiting: 1, alive: 1, failed: 0 });
  });
});

describe('a job that somebody else made unreadable', () => {
  const spoilt = {
    data: { data: '{"v":1' },
    opts: { opts: 'garbage' },
    'null as opts': { opts: 'null' },
    progress: { progress: '{' },
    parent: { parent: '[' },
    times: { timestamp: 'x', finishedOn: '9e99', processedOn: '-1' },
  };

  it('does not hide the others of its list, and is one without data', async () => {
    for (const [id, fields] of Object.entries(spoilt)) {
      await queues.insert.add('insert', { v: 1 }, { jobId: id });
      await redis.hset(`${prefix}:insert:${id}`, fields);
    }
    await queues.insert.add('insert', { v: 1 }, { jobId: 'a list' });
    await redis.del(`${prefix}:insert:a list`);
    await redis.rpush(`${prefix}:insert:a list`, 'x');
    await redis.lpush(`${prefix}:insert:wait`, 'without a hash');
    await queues.insert.add('insert', { v: 1 }, { jobId: 'good' });
    const jobs = await queues.insert.getWaiting();
    expect(jobs).toHaveLength(Object.keys(spoilt).length + 2);
    for (const job of jobs) {
      expect(typeof job.name).toBe('string');
      expect(() => new Date(job.finishedOn ?? job.timestamp).toISOString()).not.toThrow();
    }
    expect(jobs.find(({ id }) => id === 'data')?.data).toEqual({});

    // A worker is given each of them; what BullMQ itself cannot read is made readable first.
    await redis.rename(`${prefix}:insert:wait`, `${prefix}:insert:active`);
    expect(await stores.upkeep.repairJobs()).toBe(5);
    expect(await stores.upkeep.repairJobs()).toBe(0);
    expect(await redis.exists(`${prefix}:insert:a list`)).toBe(0);
  });

  it('is told from one that a newer version added', () => {
    const read = (data: unknown) => readJob('flush', { name: 'flush', data });
    expect(read({ v: 1, mode: 'all' })).toMatchObject({ outcome: 'read' });
    expect(read({ v: 2, mode: 'all' })).toEqual({ outcome: 'newer' });
    for (const data of [null, 5, [], {}, { v: 1, mode: 'SECRET' }, { v: '2' }]) {
      expect(read(data).outcome).toBe('unreadable');
      expect(JSON.stringify(read(data))).not.toContain('SECRET');
    }
  });
});

describe('a flush scheduler that somebody else made unreadable', () => {
  it('is made again', async () => {
    for (const fields of [{ data: '{' }, { data: '{"v":1,"mode":"never"}' }, { opts: '{' }, { every: 'x' }]) {
      await stores.ticks.ensureFlush(60_000);
      await redis.hset(`${prefix}:flush:repeat:tick`, fields);
      expect(await stores.ticks.ensureFlush(60_000)).toBe(true);
      expect(await stores.ticks.ensureFlush(60_000)).toBe(false);
      expect(await stores.ticks.nextFlush()).toBeGreaterThan(0);
    }
  });
});

describe('a key that somebody else has overwritten with another type', () => {
  it('is removed, and the others stay', async () => {
    const keys = keysOf(prefix);
    await redis.set(keys.fleet, 'x');
    await redis.sadd(keys.checkpoint('events'), 'member');
    await queues.parse.add('parse', {});
    await redis.set(`${prefix}:insert:failed`, 'x');
    await redis.set(keys.checkpoint('orders'), 'x');
    const feeds = ['events', 'orders'];
    expect(await stores.upkeep.removeForeignKeys(feeds)).toBe(3);
    expect(await redis.exists(keys.fleet, keys.checkpoint('orders'), `${prefix}:insert:failed`)).toBe(0);
    expect(await stores.upkeep.removeForeignKeys(feeds)).toBe(0);
    expect(await redis.scard(keys.checkpoint('events'))).toBe(1);
    expect(await queues.parse.getWaitingCount()).toBe(1);
  });
});
