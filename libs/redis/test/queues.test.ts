import type { Token } from '@sluice/core';
import { createLogger } from '@sluice/runtime';
import { testRedis } from '@sluice/testkit';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  Checkpoint,
  closeQueues,
  ensureFlushScheduler,
  FleetRegister,
  isAlive,
  keysOf,
  openQueues,
  promoteOverlong,
  type Queues,
  replaceJob,
} from '../src/index.ts';

let redis: Redis;
let prefix: string;
let queues: Queues;

beforeEach(() => {
  const server = testRedis();
  prefix = server.prefix;
  redis = new Redis(server.url, { maxRetriesPerRequest: null });
  queues = openQueues(redis, prefix, 3, createLogger('test', 'silent'));
});

afterEach(async () => {
  vi.useRealTimers();
  await closeQueues(queues);
  redis.disconnect();
});

const setClockBack = (ms: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - ms });
const HOUR_MS = 3_600_000;

describe('a delayed job', () => {
  it('goes when a clock that was set back would keep it beyond its delay', async () => {
    await queues.insert.add('insert', {}, { jobId: 'late', delay: 60_000 });
    expect(await promoteOverlong(redis, queues.insert)).toBe(0);
    setClockBack(HOUR_MS);
    await queues.insert.add('insert', {}, { jobId: 'in-time', delay: 60_000 });
    expect(await promoteOverlong(redis, queues.insert)).toBe(1);
    expect(await queues.insert.getJobState('late')).toBe('waiting');
    expect(await queues.insert.getJobState('in-time')).toBe('delayed');
  });
});

describe('a dead job', () => {
  it('does not block its id', async () => {
    await queues.parse.add('parse', { v: 1 }, { jobId: 'a.csv' });
    expect(await isAlive(queues.parse, 'a.csv')).toBe(true);
    const [id] = await redis.lrange(`${prefix}:parse:wait`, 0, 0);
    expect(id).toBe('a.csv');
    await redis.lrem(`${prefix}:parse:wait`, 0, 'a.csv');
    await redis.zadd(`${prefix}:parse:failed`, Date.now(), 'a.csv');
    expect(await isAlive(queues.parse, 'a.csv')).toBe(false);
    await replaceJob(queues.parse, 'parse', { v: 1, again: true }, 'a.csv');
    expect(await isAlive(queues.parse, 'a.csv')).toBe(true);
    expect((await queues.parse.getJob('a.csv'))?.data).toEqual({ v: 1, again: true });
  });
});

describe('the flush scheduler', () => {
  it('is made once, kept as it is, and made anew when it was lost', async () => {
    expect(await ensureFlushScheduler(queues.flush, 60_000)).toBe(true);
    expect(await ensureFlushScheduler(queues.flush, 60_000)).toBe(false);
    await redis.del(...(await redis.keys(`${prefix}:flush:*`)));
    expect(await ensureFlushScheduler(queues.flush, 60_000)).toBe(true);
    expect(await queues.flush.getJobCounts('delayed', 'wait')).toMatchObject({ delayed: expect.any(Number) });
  });

  it('does not wait for a time that was noted before the clock was set back', async () => {
    await ensureFlushScheduler(queues.flush, 60_000);
    setClockBack(HOUR_MS);
    expect(await ensureFlushScheduler(queues.flush, 60_000)).toBe(true);
    const scheduler = await queues.flush.getJobScheduler('tick');
    expect(scheduler?.next).toBeLessThanOrEqual(Date.now() + 60_000);
    expect(await ensureFlushScheduler(queues.flush, 60_000)).toBe(false);
  });

  it('follows a changed interval', async () => {
    await ensureFlushScheduler(queues.flush, 60_000);
    expect(await ensureFlushScheduler(queues.flush, 30_000)).toBe(true);
    expect((await queues.flush.getJobScheduler('tick'))?.every).toBe(30_000);
  });
});

describe('the checkpoint', () => {
  it('forgets what no longer lies in the folder (I8)', async () => {
    const checkpoint = new Checkpoint(redis, keysOf(prefix));
    const seen = { token: '1-2-3' as Token, changedAt: '4' };
    const files = ['a.csv', 'b.csv', 'c.csv'].map((name) => ({ name, ...seen }));
    await checkpoint.add(files);
    expect(await checkpoint.keepOnly(files.slice(1))).toBe(1);
    expect(await checkpoint.has(files)).toEqual([false, true, true]);
  });
});

describe('the fleet', () => {
  it('is those whose heart still beats', async () => {
    const fleet = new FleetRegister(redis, keysOf(prefix));
    const one = { role: 'worker', host: 'h', pid: 1, version: '1', startedAt: 1, concurrency: 4, busy: 2 };
    await fleet.beat({ ...one, id: 'old', seenAt: 1_000 });
    await fleet.beat({ ...one, id: 'new', seenAt: 40_000 });
    expect((await fleet.members(41_000)).map(({ id }) => id)).toEqual(['new']);
    await fleet.leave('new');
    expect(await fleet.members(41_000)).toEqual([]);
  });
});
