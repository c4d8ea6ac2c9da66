import { type ChunkRef, type ContractNo, contractNo, fileNo } from '@sluice/core';
import { createLogger } from '@sluice/process';
import { testRedis, waitFor } from '@sluice/testkit';
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

const ONE = contractNo.parse(1);

function chunk(file: number, firstLine: number, records: number): ChunkRef {
  return {
    contractNo: ONE,
    fileNo: fileNo.parse(file),
    file: `${file}.csv`,
    firstLine,
    lastLine: firstLine + records - 1,
    records,
  };
}

const stage = (ref: ChunkRef, payload = 'payload', limit = ROOM) => staging.stage(ref, payload, limit);
const take = (mode: 'full' | 'all' = 'all', batchRows = 10, contract: ContractNo | null = ONE) =>
  staging.takeBatch(contract, { id: crypto.randomUUID(), batchRows, mode });
const refs = (batch: OpenBatch | undefined) => batch?.chunks.map(refOf);

describe('staging', () => {
  it('takes a chunk once, whoever brings it', async () => {
    expect(await stage(chunk(1, 1, 3))).toEqual({ outcome: 'staged', waiting: 3 });
    expect(await stage(chunk(1, 1, 3), 'other')).toEqual({ outcome: 'known', waiting: 3 });
    expect(await staging.size()).toMatchObject({ chunks: 1, bytes: 7, waiting: 3 });
    const batch = await take();
    expect([...(await staging.payloads(batch ?? { id: '', contractNo: ONE, chunks: [] })).values()]).toEqual([
      'payload',
    ]);
  });

  it('is full at its limit, but takes a chunk of any size when it is empty (I8)', async () => {
    expect((await stage(chunk(1, 1, 1), 'x'.repeat(100), 50)).outcome).toBe('staged');
    expect((await stage(chunk(1, 2, 1), 'x', 50)).outcome).toBe('full');
    expect((await stage(chunk(1, 1, 1), 'x', 50)).outcome).toBe('known');
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

  it('holds and drops thousands of tiny chunks, a thousand in a batch, and counts one that is named twice once', async () => {
    const all = Array.from({ length: 2_400 }, (_, i) => chunk(1 + Math.trunc(i / 2), 1 + (i % 2), 1));
    await Promise.all(all.map((one) => stage(one)));
    const batch = await take('full', 2_000);
    expect(refs(batch)).toEqual(all.slice(0, 1_000).map(refOf));
    const [first = '', ...others] = refs(batch) ?? [];
    await staging.settle(batch?.id ?? '', [first, first]);
    expect(await staging.size()).toEqual({
      chunks: 2_399,
      bytes: 2_399 * 7,
      waiting: 1_400,
      batches: 1,
      newer: 0,
    });
    expect(await redis.hget(keys.pending, '1')).toBe('1');
    // The payloads of some are gone, and what is left of the batch is dropped with the rest.
    await redis.del(...others.slice(0, 600).map(keys.chunk));
    await staging.settle(batch?.id ?? '', others.slice(600));
    expect(await staging.size()).toMatchObject({ chunks: 1_400, waiting: 1_400, batches: 0 });
    expect(await redis.hlen(keys.pending)).toBe(700);
    await staging.drop(all.slice(1_000).map(refOf));
    expect(await staging.size()).toMatchObject({ chunks: 0, bytes: 0 });
    expect(await redis.exists(keys.pending)).toBe(0);
  });

  it('knows which files have chunks in it', async () => {
    await stage(chunk(7, 1, 1));
    await stage(chunk(7, 2, 1));
    expect(await staging.pendingOf([fileNo.parse(7), fileNo.parse(8)])).toEqual(new Set([7]));
    expect(await staging.oldestWaiting()).toBe('7/1');
  });
});

describe('several feeds and contracts', () => {
  const TWO = contractNo.parse(2);
  const order = (file: number, line: number, records: number): ChunkRef => ({
    ...chunk(file, line, records),
    ...{ contractNo: TWO, file: `orders/${file}.csv` },
  });

  it('never share a batch, and each is full by itself', async () => {
    expect((await stage(chunk(1, 1, 6))).waiting).toBe(6);
    expect((await stage(order(2, 1, 7))).waiting).toBe(7);
    await stage(chunk(1, 7, 4));
    expect(new Set(await staging.waitingContracts())).toEqual(new Set([ONE, TWO]));
    expect(await take('full', 10, TWO)).toBeUndefined();
    expect(await take('full')).toMatchObject({ contractNo: ONE, chunks: [{ fileNo: 1 }, { fileNo: 1 }] });
    expect(await take('all', 10, TWO)).toMatchObject({ contractNo: TWO, chunks: [{ file: 'orders/2.csv' }] });
    expect(await staging.waitingContracts()).toEqual([]);
    expect((await staging.openBatches()).map((batch) => batch.contractNo).sort()).toEqual([1, 2]);
  });

  it('are noted in a form that workers of other versions read', async () => {
    await stage(order(2, 1, 7));
    const { staged_at: at, ...meta } = JSON.parse((await redis.hget(keys.chunks, '2/1')) ?? '');
    expect(at).toBeLessThanOrEqual(Date.now());
    expect(JSON.stringify(meta)).toBe(
      '{"contract_no":2,"feed":"orders","file_no":2,"file":"orders/2.csv","first_line":1,"last_line":7,"records":7,"bytes":7}',
    );
    expect(await redis.lrange(keys.staged(TWO), 0, -1)).toEqual(['2/1']);
    expect(await redis.hgetall(keys.totals)).toEqual({ bytes: '7', 'bytes:orders': '7', 'records:2': '7' });
  });

  it('that a version without contracts staged are taken, by themselves', async () => {
    const meta = { file_no: 9, file: 'old.csv', first_line: 1, last_line: 3, records: 3, bytes: 7 };
    await redis.set(keys.chunk('9/1'), 'payload');
    await redis.rpush(keys.staged(null), '9/1');
    await redis.hset(keys.chunks, '9/1', JSON.stringify(meta));
    await redis.hset(keys.totals, { bytes: 7, records: 3 });
    await stage(order(2, 1, 7));
    expect(new Set(await staging.waitingContracts())).toEqual(new Set([null, TWO]));
    const old = await take('all', 10, null);
    expect(old).toMatchObject({ contractNo: null, chunks: [{ contractNo: null, file: 'old.csv' }] });
    await staging.settle(old?.id ?? '', ['9/1']);
    expect(await redis.hgetall(keys.totals)).toEqual({ bytes: '7', 'bytes:orders': '7', 'records:2': '7' });
  });

  it('come back with a rebuild when the totals and a list are lost', async () => {
    await stage(chunk(1, 1, 3));
    await stage(order(2, 1, 7));
    await redis.del(keys.totals, keys.staged(TWO));
    await redis.set(keys.staged(TWO), 'garbage');
    await staging.rebuild();
    expect(await redis.hgetall(keys.totals)).toEqual({
      ...{ bytes: '14', 'bytes:events': '7', 'bytes:orders': '7', 'records:1': '3', 'records:2': '7' },
    });
    expect(refs(await take())).toEqual(['1/1']);
    expect(refs(await take('all', 10, TWO))).toEqual(['2/1']);
  });

  it('get half of what is free while another holds something, and all of it alone', async () => {
    const eight = (ref: ChunkRef) => stage(ref, '12345678', 64);
    const outcomes = async (make: (line: number) => ChunkRef, count: number) => {
      const all: string[] = [];
      for (let line = 1; line <= count; line += 1) all.push((await eight(make(line))).outcome);
      return all.filter((outcome) => outcome === 'staged').length;
    };
    expect(await outcomes((line) => chunk(1, line, 1), 9)).toBe(8);
    expect(await staging.hasRoom('events', 64)).toBe(false);
    // All is taken, but nobody is kept out: a feed that holds nothing gets one chunk in.
    expect(await outcomes((line) => order(2, line, 1), 9)).toBe(1);
    expect(await staging.size()).toMatchObject({ chunks: 9, bytes: 72 });

    const settle = async (contract: ContractNo, batchRows: number) => {
      const batch = await take('all', batchRows, contract);
      await staging.settle(batch?.id ?? '', refs(batch) ?? []);
    };
    await settle(ONE, 6);
    // 16 bytes are held, so half of the other 48 may be.
    expect(await outcomes((line) => order(2, line, 1), 9)).toBe(2);
    expect(await outcomes((line) => chunk(1, 100 + line, 1), 9)).toBe(0);
    expect(await staging.hasRoom('orders', 64)).toBe(false);
    await settle(ONE, 9);
    expect(await staging.hasRoom('orders', 64)).toBe(true);
    expect(await outcomes((line) => order(2, line, 1), 9)).toBe(5);
  });
});

describe('a contract of which no file is on its way', () => {
  const TWO = contractNo.parse(2);
  const HOUR_MS = 3_600_000;
  const idle = async () => (await staging.idle()).contracts;

  beforeEach(() => {
    staging = new Staging({ redis, keys, busyFor: HOUR_MS, log: createLogger('test', 'silent') });
  });

  it('is idle once the mark of its last file has expired, whatever the others do', async () => {
    expect(await staging.idle()).toEqual({ contracts: [], nextIn: undefined });
    await stage(chunk(1, 1, 3));
    await stage({ ...chunk(2, 1, 3), contractNo: TWO });
    expect(await idle()).toEqual([]);
    await redis.pexpire(keys.busy(ONE), HOUR_MS / 2);
    expect((await staging.idle()).nextIn).toBeLessThanOrEqual(HOUR_MS / 2);
    await redis.pexpire(keys.busy(ONE), 1);
    await waitFor(async () => (await idle()).length > 0, { what: 'the end of the mark' });
    expect(await idle()).toEqual([ONE]);
    // A chunk that is read over again, or a new file in the folder, is something on its way.
    expect((await stage(chunk(1, 1, 3))).outcome).toBe('known');
    expect(await idle()).toEqual([]);
    await redis.del(keys.busy(ONE), keys.busy(TWO));
    await staging.keepBusy(TWO);
    expect(await idle()).toEqual([ONE]);
    await take();
    expect(await idle()).toEqual([]);
  });

  it('is also one whose rows an older version staged, or whose mark somebody else made endless', async () => {
    await redis.hset(keys.totals, { records: 3, 'records:2': 4, 'records:garbage': 5 });
    await redis.set(keys.busy(TWO), 'garbage');
    expect(new Set(await idle())).toEqual(new Set([null, TWO]));
    await stage({ ...chunk(2, 1, 3), contractNo: TWO });
    expect(await idle()).toEqual([null]);
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
    await redis.rpush(keys.staged(ONE), ...Array.from({ length: 2_500 }, (_, i) => `garbage ${i}`));
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
      await redis.hset(keys.totals, {
        bytes: text,
        'bytes:events': text,
        'records:1': text,
        flushed_at: text,
      });
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
    await redis.hset(keys.totals, { bytes: 10_000, 'bytes:gone': 5, 'records:1': 1, 'records:9': 4 });
    await redis.rpush(keys.staged(ONE), 'garbage', '1/1', '1/1');
    await redis.lrem(keys.staged(ONE), 0, '3/1');
    await redis.del(keys.chunk('2/1'));
    await staging.rebuild();
    expect(await staging.size()).toMatchObject({ chunks: 2, bytes: 14, waiting: 8 });
    expect(await redis.lrange(keys.staged(ONE), 0, -1)).toEqual(['1/1', '3/1']);
    expect(await redis.hgetall(keys.pending)).toEqual({ 1: '1', 3: '1' });
  });
});
