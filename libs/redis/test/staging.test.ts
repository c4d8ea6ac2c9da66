import { type ChunkRef, fileNo } from '@sluice/core';
import { testRedis } from '@sluice/testkit';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keysOf, type OpenBatch, refOf, Staging } from '../src/index.ts';

const ROOM = 1_000_000;

let redis: Redis;
let staging: Staging;

beforeEach(() => {
  const { url, prefix } = testRedis();
  redis = new Redis(url);
  staging = new Staging(redis, keysOf(prefix));
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
    expect(await staging.size()).toEqual({ chunks: 0, bytes: 0, waiting: 0, batches: 0 });
  });

  it('knows which files have chunks in it', async () => {
    await stage(chunk(7, 1, 1));
    await stage(chunk(7, 2, 1));
    expect(await staging.pendingOf([fileNo.parse(7), fileNo.parse(8)])).toEqual(new Set([7]));
    expect(await staging.oldestWaiting()).toBe('7/1');
  });
});
