import { headerLine } from '@sluice/generator';
import { CHUNK_VERSION, openFiles, verify } from '@sluice/ledger';
import { createLogger, loadConfig } from '@sluice/process';
import { listed } from '@sluice/source';
import { waitFor } from '@sluice/testkit';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  closeStores,
  commit,
  Discovery,
  drain,
  type FeedStores,
  flush,
  judgeHealth,
  openStores,
  parse,
  readHealthFacts,
  recover,
  rehearse,
  watch,
  work,
} from '../src/index.ts';
import { compareSources } from '../src/without-redis.ts';
import { closedFiles, dropFile, type TestPipeline, tableLines, testPipeline } from './load.ts';

let pipeline: TestPipeline;
let stores: FeedStores;
let redis: Redis;
let queues: ReturnType<FeedStores['queues']['board']>;
let stopping: AbortController;
let running: Promise<unknown>[];
const said: string[] = [];

beforeEach(async () => {
  pipeline = await testPipeline();
  stores = open();
  redis = new Redis(pipeline.env.REDIS_URL ?? '');
  queues = stores.queues.board();
  stopping = new AbortController();
  running = [];
  said.length = 0;
});

afterEach(async () => {
  stopping.abort();
  await Promise.all(running);
  redis.disconnect();
  await closeStores(stores);
  await pipeline.close();
});

/** FeedStores whose log is kept. */
function open(): FeedStores {
  const log = createLogger('test', 'silent');
  const keep = (about: object, message?: string) => said.push(`${message} ${JSON.stringify(about)}`);
  const config = loadConfig({ env: pipeline.env });
  return openStores(
    'test',
    config,
    { ...log, warn: keep, error: keep, info: log.info.bind(log) } as never,
    'wait',
  );
}

/** A watcher and a worker in this process, until the end of the test. */
function run(): void {
  const own = [open(), open()] as const;
  const both = Promise.all([watch(own[0], stopping.signal), work(own[1], stopping.signal)]);
  running.push(both.then(() => Promise.all(own.map(closeStores))));
}

const FILES = ['a', 'b', 'c'];
const event = (file: string, nth: number) =>
  `00000000-0000-4000-8000-0000000${file.charCodeAt(0)}00${nth},view,p,u,2026-01-01 00:00:00,1,2.00`;
const EVENTS = FILES.flatMap((file) => [event(file, 1), event(file, 2)]);

/** Three files, registered and staged as one chunk each: 1/1, 2/1 and 3/1. */
async function stageFiles(): Promise<void> {
  for (const file of FILES)
    dropFile(pipeline.source, `${file}.csv`, `${headerLine}\n${event(file, 1)}\n${event(file, 2)}\n`);
  const discovery = new Discovery(stores);
  await waitFor(
    async () => (await discovery.scan(true)) && (await openFiles(stores.sql, 0, 10)).length === 3,
    {
      what: 'three registered files',
    },
  );
  for (const { fileNo, name } of await openFiles(stores.sql, 0, 10))
    await parse({ v: 1, file_no: fileNo, file: name }, new Date(), stores, stopping.signal);
  expect(await stores.staging.size()).toMatchObject({ chunks: 3 });
}

const key = (name: string) => `${stores.config.redisPrefix}:${name}`;
const payloadOf = async (ref: string) => (await redis.get(key(`chunk:${ref}`))) ?? '';
const setForm = async (ref: string, form: number) =>
  await redis.set(key(`chunk:${ref}`), (await payloadOf(ref)).replace(/^\{"v":\d+/, `{"v":${form}`));
const health = async () => judgeHealth(await readHealthFacts(stores));
const codes = async () => (await health()).reasons.map(({ code }) => code);

async function untilClosed(count: number): Promise<void> {
  await waitFor(async () => (await closedFiles(stores.sql)) >= count, { what: `${count} complete files` });
}

/** Every event is in the table once, and nothing is left over in staging. */
async function expectAll(): Promise<void> {
  await untilClosed(FILES.length);
  expect([...(await tableLines(pipeline.sql)).values()].sort()).toEqual([...EVENTS].sort());
  expect([...(await verify(pipeline.sql)).problems]).toEqual([]);
  await waitFor(async () => (await stores.staging.size()).batches === 0, { what: 'settled batches' });
  expect(await stores.staging.size()).toEqual({ chunks: 0, bytes: 0, waiting: 0, batches: 0, newer: 0 });
}

describe('a payload of another version', () => {
  it('that is older is dropped and its file parsed again, exactly once; the rest of its batch commits', async () => {
    await stageFiles();
    await setForm('2/1', CHUNK_VERSION - 1);
    await flush('all', stores);
    run();
    await expectAll();
    expect((await queues.insert.getFailed()).length).toBe(0);
    expect(said.filter((line) => line.includes('b.csv'))).toHaveLength(1);
  });

  it('that is newer waits without failing, holds nobody up, is told of, and goes on with a newer worker', async () => {
    await stageFiles();
    await setForm('2/1', CHUNK_VERSION + 1);
    await flush('all', stores);
    run();
    await untilClosed(2);
    await waitFor(async () => (await codes()).includes('newer_version'), { what: 'the reason' });
    expect((await health()).reasons[0]?.text).toContain('newer version: 1');
    // The reason is there as soon as the rest is committed, and the job is put off after that.
    await expect
      .poll(async () => await queues.insert.getDelayed(), { timeout: 10_000 })
      .toEqual([expect.objectContaining({ attemptsMade: 0 })]);
    expect(await queues.insert.getFailedCount()).toBe(0);

    await setForm('2/1', CHUNK_VERSION); // What a newer worker would make of it.
    await expectAll();
    expect(await codes()).toEqual([]);
  });

  it('that is newer is parsed again by this version after a recover', async () => {
    await stageFiles();
    await setForm('2/1', CHUNK_VERSION + 1);
    await setForm('3/1', CHUNK_VERSION - 1);
    await flush('all', stores);
    expect(await rehearse(stores)).toMatchObject({ otherForms: 2, foreign: 0, unreadable: 0 });
    expect(await recover(stores)).toMatchObject({ droppedForms: 2, dropped: 0, queued: 2 });
    run();
    await expectAll();
    expect(await codes()).toEqual([]);
  });

  it('that has failed its batch under a version before this one goes on with the next flush', async () => {
    await stageFiles();
    await setForm('2/1', CHUNK_VERSION - 1);
    await flush('all', stores);
    const [job] = await queues.insert.getWaiting();
    const id = job?.id ?? '';
    const insert = (name: string) => queues.insert.toKey(name);
    await redis.hset(insert(id), {
      failedReason: `batch ${id} was staged by another version of Sluice: run workers of one version`,
      finishedOn: Date.now(),
    });
    await redis.lrem(insert('wait'), 0, id);
    await redis.zadd(insert('failed'), Date.now(), id);
    expect(await flush('all', stores)).toMatchObject({ revived: 1 });
    run();
    await expectAll();
    expect(await codes()).toEqual([]);
  });
});

describe('a chunk of a file that the ledger does not know', () => {
  it('is set aside with a reason, the rest of its batch commits, and a recover drops it', async () => {
    await stageFiles();
    const foreign = (await payloadOf('1/1')).replace('"file_no":1,', '"file_no":999,');
    const ref = {
      contractNo: 1 as never,
      fileNo: 999 as never,
      file: 'unknown.csv',
      firstLine: 1,
      lastLine: 3,
      records: 2,
    };
    await stores.staging.stage(ref, foreign, 1e9);
    await flush('all', stores);
    run();
    await untilClosed(3);
    await waitFor(async () => (await queues.insert.getFailedCount()) === 1, {
      what: 'the failed job',
    });
    const [failed] = await queues.insert.getFailed();
    expect(failed?.failedReason).toContain('"unknown.csv" lines 1-3');
    expect(failed?.data).toMatchObject({ records: 2, chunks: [{ file: 'unknown.csv' }] });
    expect(failed?.attemptsMade).toBe(1);
    expect(await codes()).toEqual(['failed_batches']);
    expect(await recover(stores)).toMatchObject({ dropped: 1, droppedBatches: 1 });
    await expectAll();
    expect(await codes()).toEqual([]);
  });
});

describe('a payload that somebody else wrote', () => {
  it('is dropped and its file parsed again, whatever it is; the rest of its batch commits', async () => {
    await stageFiles();
    await flush('all', stores);
    const [batch] = await stores.staging.openBatches();
    const ref = batch?.chunks[1];
    if (batch === undefined || ref === undefined) throw new Error('nothing was flushed');
    const whole = await payloadOf('2/1');
    for (const text of [
      `{"v":${CHUNK_VERSION},garbage SECRET`,
      `{"v":${CHUNK_VERSION}}`,
      whole.replace('"records":2', '"records":1'),
      whole.replace('"file_no":2', '"file_no":1'),
      whole.replace('"file_no":2', '"file_no":999'),
      whole.replace(/"rejects":.*/s, '"rejects":null}\n'),
      `{"v":${CHUNK_VERSION},"x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
    ]) {
      await redis.set(key('chunk:2/1'), text);
      const { newer, foreign } = await commit(batch, stores);
      expect([newer, foreign]).toEqual([[], []]);
      expect(await payloadOf('2/1')).toBe('');
      // Instead of a parse, which would read a file alone that begins again and again.
      await stores.staging.stage(ref, whole, 1e9);
    }
    run();
    await expectAll();
    expect(said.join()).not.toContain('SECRET');
  });
});

describe('an entry of the checkpoint that somebody forged', () => {
  const forge = async () => {
    const files = await listed(stores.feed.source);
    await stores.feed.checkpoint.add(files);
  };
  const land = () => {
    for (const file of FILES)
      dropFile(pipeline.source, `${file}.csv`, `${headerLine}\n${event(file, 1)}\n${event(file, 2)}\n`);
  };
  const HID = 'Redis called files loaded that the ledger does not know';

  it('hides its file from a look, not from a comparison with the ledger; the watcher finds it and says so once', async () => {
    land();
    await forge();
    const discovery = new Discovery(stores);
    await waitFor(
      async () => {
        await discovery.scan(true);
        return (await compareSources(stores)).onTheirWay === 0;
      },
      { what: 'files that are no longer on their way' },
    );
    expect(await openFiles(stores.sql, 0, 10)).toEqual([]);
    const hidden = FILES.map((file) => ({ name: `${file}.csv`, why: 'unknown' }));
    expect(await compareSources(stores)).toMatchObject({
      files: 3,
      loaded: 0,
      open: 0,
      onTheirWay: 0,
      hidden,
    });
    run();
    await expectAll();
    expect(said.filter((line) => line.includes(HID))).toHaveLength(1);
    await waitFor(async () => (await stores.feed.checkpoint.size()) === 3, { what: 'a true checkpoint' });
    expect(await compareSources(stores)).toMatchObject({ loaded: 3, hidden: [] });

    const said1 = said.length;
    await new Discovery(stores).scan(true, undefined, true);
    expect(said).toHaveLength(said1);
    expect(await stores.feed.checkpoint.size()).toBe(3);
  });

  it('does not make a drain end before its file is loaded', async () => {
    land();
    await forge();
    run();
    expect(await drain(stores, stopping.signal)).toBe('drained');
    await expectAll();
  });

  it('is told from a file that has another content than the ledger knows', async () => {
    land();
    run();
    await expectAll();
    stopping.abort();
    await Promise.all(running);
    dropFile(pipeline.source, 'a.csv', `${headerLine}\n${event('d', 1)}\n`);
    const compared = async () => await compareSources(stores);
    expect(await compared()).toMatchObject({ loaded: 2, onTheirWay: 1, hidden: [] });
    await waitFor(async () => (await compared()).onTheirWay === 0, { what: 'a file that is settled' });
    expect((await compared()).hidden).toEqual([{ name: 'a.csv', why: 'changed' }]);
  });
});

const GARBAGE = ['garbage', '[]', '5', 'null', '{"v":1}'];

describe('what somebody else wrote into Redis', () => {
  it('stops no flush and no look, and what it took away is loaded all the same', async () => {
    await stageFiles();
    await stores.staging.takeBatch(1 as never, { id: crypto.randomUUID(), batchRows: 2, mode: 'all' });
    for (const [i, text] of GARBAGE.entries()) {
      await redis.hset(key('fleet'), `garbage-${i}`, text);
      await redis.hset(key('batches'), crypto.randomUUID(), text);
      await redis.hset(key('chunks'), `77${i}/1`, text);
      await redis.sadd(key('checkpoint'), text);
      await redis.rpush(key('staged'), text);
    }
    await redis.hset(key('chunks'), '3/1', 'garbage');
    await redis.hset(key('totals'), { bytes: 'x', records: 'x', flushed_at: 'x' });
    await redis.hset(key('pending'), '2', 'x');
    await redis.hset(key('newer'), 'x', 'x');
    for (const queue of Object.values(queues)) {
      await queue.add('foreign', { somebody: 'else' });
      await queue.add('foreign', null);
      const spoilt = await queue.add('spoilt', {});
      await redis.hset(queue.toKey(spoilt.id ?? ''), { data: '{' });
      const worse = await queue.add('spoilt', {});
      await redis.hset(queue.toKey(worse.id ?? ''), { opts: '{' });
    }
    await rehearse(stores);
    await stores.fleet.members();
    await health();
    run();
    await expectAll();
    await waitFor(async () => (await queues.insert.getFailedCount()) === 4, { what: 'failed insert jobs' });
    for (const job of await queues.insert.getFailed()) expect(job.failedReason).toContain('no job of Sluice');
    expect(await codes()).toEqual(['failed_batches']);
    await waitFor(async () => (await queues.parse.getFailedCount()) === 4, { what: 'failed parse jobs' });
    await waitFor(async () => (await queues.flush.getFailedCount()) === 4, { what: 'failed flush jobs' });
    await redis.hset(key('newer'), crypto.randomUUID(), 3);
    for (const queue of Object.values(queues)) await redis.zadd(queue.toKey('failed'), 1, 'lost');
    const recovery = await recover(stores);
    expect(recovery.unreadable).toBeGreaterThanOrEqual(15 + GARBAGE.length);
    expect(await queues.insert.getFailedCount()).toBe(0);
    expect(await stores.staging.size()).toMatchObject({ newer: 0 });
    expect(await codes()).toEqual([]);
  });

  it('as numbers holds nothing up: neither the bytes of an empty staging, nor the count of jobs', async () => {
    const { staging } = stores;
    await redis.hset(key('totals'), 'bytes', '99999999999999');
    for (const queue of Object.values(queues)) await redis.set(queue.toKey('id'), 'garbage');
    await stageFiles();
    expect((await staging.size()).bytes).toBeLessThan(10_000);
    run();
    await expectAll();
  });

  it('over whole keys is removed by the watcher, and all is loaded', async () => {
    await stageFiles();
    for (const name of ['checkpoint', 'fleet', 'totals', 'batches', 'newer']) {
      await redis.unlink(key(name));
      await redis.zadd(key(name), 1, 'garbage');
    }
    await redis.set(queues.insert.toKey('wait'), 'garbage');
    run();
    await expectAll();
    expect(await codes()).toEqual([]);
  });
});
