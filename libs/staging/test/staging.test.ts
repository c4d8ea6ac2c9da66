import { type ChunkRef, fileNo } from '@sluice/core';
import { createLogger } from '@sluice/process';
import { testRedis } from '@sluice/testkit';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OpenBatch } from '../src/jobs.ts';
import { type Keys, keysOf, refOf } from '../src/keys.ts';
import { Staging } from '../src/staging.ts';

const ROOM = 1_000_000;

let redis: Redis;
let keys: Keys;
let staging: Staging;

beforeEach(() => {
  const { url, prefix } = testRedis();
  redis = new Redis(url);
  keys = keysOf(prefix);
  staging = new Staging({ redis, keys, log: createLogger('test', 'silent') });
});

afterEach(() => redis.disconnect());

function chunk(file: number, firstLine: number, records: number): ChunkRef {
  return {
    fileNo: fileNo.parse(file),
    file: `${file}.csv`,
    firstLine,
    lastLine: firstLine + records - 1,
    records,
  };
}

const stage = (ref: ChunkRef, payload = 'payload', limit = ROOM) => staging.stage(ref, payload, limit);
const take = (mode: 'full' | 'all' = 'all', rows = 10) => staging.takeBatch(crypto.randomUUID(), rows, mode);
const refs = (batch: OpenBatch | undefined) => batch?.chunks.map(refOf);

describe('staging', () => {
  it('takes a chunk once, whoever brings it', async () => {
    expect(await stage(chunk(1, 1, 3))).toEqual({ outcome: 'staged', waiting: 3 });
    expect(await stage(chunk(1, 1, 3), 'other')).toEqual({ outcome: 'known', waiting: 3 });
    expect(await staging.size()).toMatchObject({ chunks: 1, bytes: 7, waiting: 3 });
    const batch = await take();
    expect([...(await staging.payloads(batch ?? { id: '', chunks: [] })).values()]).toEqual(['payload']);
  });

  it('is full at its limit, but takes a chunk of any size when it is empty (I8)', async () => {
    expect((await stage(chunk(1, 1, 1), 'x'.repeat(100), 50)).outcome).toBe('staged');
    expect((await stage(chunk(1, 2, 1), 'x', 50)).outcome).toBe('full');
    expect(await staging.size()).toMatchObject({ chunks: 1, bytes: 100 });
  });

  it('is cut into batches that are never larger than asked, oldest first', async () => {
    for (const [i, records] of [4, 4, 4, 2].entries()) await stage(chunk(1, i + 1, records));
    expect(refs(await take())).toEqual(['1/1', '1/2']);
    expect(refs(await take())).toEqual(['1/3', '1/4']);
    expect(await take()).toBeUndefined();
  });

  it('gives a chunk that is larger than a batch its own batch', async () => {
    await stage(chunk(1, 1, 50));
    await stage(chunk(1, 51, 1));
    expect(refs(await take())).toEqual(['1/1']);
  });

  it('lets a batch that is not full wait, unless all is asked for', async () => {
    await stage(chunk(1, 1, 9));
    expect(await take('full')).toBeUndefined();
    expect(refs(await take('all'))).toEqual(['1/1']);
    expect(await staging.size()).toMatchObject({ waiting: 0, batches: 1 });
  });

  it('drops what a commit carried, and the batch once nothing of it is left (I5)', async () => {
    await stage(chunk(1, 1, 1));
    await stage(chunk(2, 1, 1));
    const batch = await take();
    if (batch === undefined) throw new Error('no batch');
    await staging.settle(batch.id, ['1/1']);
    expect(await staging.openBatches()).toMatchObject([{ id: batch.id, chunks: [{ fileNo: 2 }] }]);
    expect(await staging.pendingOf([fileNo.parse(1), fileNo.parse(2)])).toEqual(new Set([2]));
    await staging.settle(batch.id, ['2/1']);
    await staging.settle(batch.id, ['2/1']);
    expect(await staging.openBatches()).toEqual([]);
    expect(await staging.size()).toEqual({ chunks: 0, bytes: 0, waiting: 0, batches: 0, newer: 0 });
  });

  it('knows which files have chunks in it', async () => {
    await stage(chunk(7, 1, 1));
    await stage(chunk(7, 2, 1));
    expect(await staging.pendingOf([fileNo.parse(7), fileNo.parse(8)])).toEqual(new Set([7]));
    expect(await staging.oldestWaiting()).toBe('7/1');
  });
});

const GARBAGE = [
  'garbage',
  '',
  '[]',
  '5',
  'null',
  '{}',
  '{"records":"many","bytes":null}',
  '[['.repeat(2_000),
];
const EMPTY = { chunks: 0, bytes: 0, waiting: 0, batches: 0, newer: 0 };

describe('what somebody else wrote into staging', () => {
  it('in place of the note of a chunk: the chunk is dropped, and the others are taken', async () => {
    for (const [i, meta] of GARBAGE.entries()) {
      await stage(chunk(10 + i, 1, 1));
      await redis.hset(keys.chunks, `${10 + i}/1`, meta);
    }
    await stage(chunk(30, 1, 1));
    const batch = await take();
    expect(refs(batch)).toEqual(['30/1']);
    expect(await staging.pendingOf([10, 30].map((file) => fileNo.parse(file)))).toEqual(new Set([30]));
    expect(refs(await take())).toBeUndefined();
    await staging.settle(batch?.id ?? '', ['30/1']);
    expect(await staging.size()).toEqual(EMPTY);
  });

  it('in place of the note of a chunk that a batch holds: the others of the batch remain', async () => {
    await stage(chunk(1, 1, 1));
    await stage(chunk(2, 1, 1));
    await take();
    await redis.hset(keys.chunks, '1/1', 'garbage');
    expect((await staging.openBatches()).map(refs)).toEqual([['2/1']]);
    expect(await staging.pendingOf([fileNo.parse(1)])).toEqual(new Set());
  });

  it('into the list of what waits: it is passed over, however much of it there is', async () => {
    await redis.rpush(keys.staged, ...Array.from({ length: 2_500 }, (_, i) => `garbage ${i}`));
    await stage(chunk(1, 1, 1));
    expect(refs(await take())).toEqual(['1/1']);
    expect(await staging.openBatches()).toHaveLength(1);
  });

  it('in place of an open batch: its chunks wait for a batch again', async () => {
    for (const [i, text] of GARBAGE.entries()) {
      await stage(chunk(1 + i, 1, 1));
      const batch = await take();
      await redis.hset(keys.batches, batch?.id ?? '', text);
    }
    await redis.hset(keys.batches, 'no-uuid', '["1/1"]');
    await staging.openBatches();
    const again = await take();
    // An empty list is what it says: a batch of which nothing is left. A rebuild finds its chunk.
    expect(refs(again)?.sort()).toEqual(GARBAGE.map((_, i) => `${1 + i}/1`));
    expect((await staging.openBatches()).map(({ chunks }) => chunks.length)).toContain(GARBAGE.length);
  });

  it('in place of the counts: they count from nothing, and no script ends in the middle', async () => {
    for (const text of ['garbage', '', '1e400', '-5', '{}']) {
      await redis.hset(keys.totals, { bytes: text, records: text, flushed_at: text });
      await redis.hset(keys.pending, '1', text);
      await redis.hset(keys.newer, 'batch', text);
      expect((await stage(chunk(1, 1, 2))).outcome).toBe('staged');
      expect(await staging.size()).toMatchObject({ chunks: 1, waiting: 2, newer: 0 });
      expect(await staging.lastFlush()).toBeUndefined();
      const batch = await take();
      expect(refs(batch)).toEqual(['1/1']);
      await staging.settle(batch?.id ?? '', ['1/1']);
      expect(await staging.size()).toEqual({ ...EMPTY });
      expect(await staging.pendingOf([fileNo.parse(1)])).toEqual(new Set());
    }
  });

  it('over a payload, or took it away: the chunk is staged again when its file is parsed again', async () => {
    for (const spoil of [
      () => redis.del(keys.chunk('1/1')),
      () => redis.multi().del(keys.chunk('1/1')).rpush(keys.chunk('1/1'), 'list').exec(),
      () => redis.hdel(keys.chunks, '1/1'),
    ]) {
      await stage(chunk(1, 1, 1));
      const batch = await take();
      if (batch === undefined) throw new Error('no batch');
      await spoil();
      const carried = [...(await staging.payloads(batch)).keys()];
      await staging.settle(batch.id, carried);
      expect(await staging.openBatches()).toEqual([]);
      expect(await staging.pendingOf([fileNo.parse(1)])).toEqual(new Set());
      expect((await stage(chunk(1, 1, 1))).outcome).toBe('staged');
      const again = await take();
      expect(refs(again)).toEqual(['1/1']);
      await staging.settle(again?.id ?? '', ['1/1']);
      expect(await staging.size()).toMatchObject({ chunks: 0, bytes: 0 });
    }
  });

  it('anywhere: a rebuild counts what is there, and lists each chunk once', async () => {
    for (const [i, records] of [3, 4, 5].entries()) await stage(chunk(i + 1, 1, records));
    await redis.hset(keys.pending, { 1: 7, 99: 3 });
    await redis.hset(keys.totals, { bytes: 10_000, records: 1 });
    await redis.rpush(keys.staged, 'garbage', '1/1', '1/1');
    await redis.lrem(keys.staged, 0, '3/1');
    await redis.del(keys.chunk('2/1'));
    await staging.rebuild();
    expect(await staging.size()).toMatchObject({ chunks: 2, bytes: 14, waiting: 8 });
    expect(await redis.lrange(keys.staged, 0, -1)).toEqual(['1/1', '3/1']);
    expect(await redis.hgetall(keys.pending)).toEqual({ 1: '1', 3: '1' });
  });
});
