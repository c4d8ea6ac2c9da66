import { type OwnServer, ownRedis, waitFor } from '@sluice/testkit';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import {
  countOf,
  dropFiles,
  expectExactly,
  nothingExpected,
  type TestPipeline,
  testPipeline,
} from './load.ts';

let pipeline: TestPipeline;
let redis: OwnServer | undefined;

afterEach(async () => {
  await pipeline.close();
  await redis?.stop();
  redis = undefined;
});

/** What meets in the table is batches: with this interval 300 files make as many of them as 600 with a second. */
const SHORT = { FLUSH_INTERVAL: '300ms' };

async function untilCommitted(batches: number): Promise<void> {
  await waitFor(async () => (await countOf(pipeline.sql, 'sluice_commits')) >= batches, {
    what: `${batches} commits`,
  });
}

describe('exactly once', () => {
  it('300 files with duplicates across them, two watchers and three workers at once: each valid event once; a second run inserts nothing', async () => {
    pipeline = await testPipeline({ env: SHORT });
    const expected = nothingExpected();
    dropFiles(pipeline.source, 300, 1, expected);
    for (const role of ['watcher', 'watcher', 'worker', 'worker', 'worker'] as const)
      pipeline.fleet.start(role);
    await expectExactly(pipeline, expected);
    await pipeline.fleet.stop();
    const before = await countOf(pipeline.sql, 'sluice_commits');

    const watcher = pipeline.fleet.start('watcher', [], { REDIS_PREFIX: '{empty}', LOG_LEVEL: 'debug' });
    pipeline.fleet.start('worker', [], { REDIS_PREFIX: '{empty}' });
    dropFiles(pipeline.source, 1, 2, expected);
    await expectExactly(pipeline, expected);
    expect(watcher.lines('queued files').reduce((sum, line) => sum + Number(line.files), 0)).toBe(1);
    expect(await countOf(pipeline.sql, 'sluice_commits')).toBe(before + 1);
  });

  it('a worker killed three times in the middle: the others take over its work', async () => {
    pipeline = await testPipeline({ env: SHORT });
    const expected = nothingExpected();
    dropFiles(pipeline.source, 300, 3, expected);
    const workers = Array.from({ length: 4 }, () => pipeline.fleet.start('worker', ['--concurrency', '2']));
    pipeline.fleet.start('watcher');
    for (const [i, worker] of workers.slice(0, 3).entries()) {
      await untilCommitted(1 + 4 * i);
      worker.signal('SIGKILL');
    }
    await expectExactly(pipeline, expected);
  });

  it('a rolling update under load: each process ends in order once the next one works, and nothing is lost', async () => {
    pipeline = await testPipeline({ env: SHORT });
    const expected = nothingExpected();
    const roles = ['worker', 'watcher', 'worker'] as const;
    const begin = (role: (typeof roles)[number]) => ({ role, app: pipeline.fleet.start(role) });
    const first = roles.map(begin);
    for (const [i, { role, app }] of first.entries()) {
      const next = begin(role).app;
      const works = role === 'worker' ? 'working' : 'watching';
      await waitFor(() => next.lines(works).length > 0, { what: `the next ${role} to work` });
      const before = await countOf(pipeline.sql, 'sluice_commits');
      dropFiles(pipeline.source, 100, 10 + i, expected);
      await untilCommitted(before + 1);
      app.signal('SIGTERM');
      expect(await app.ended()).toBe(0);
    }
    await expectExactly(pipeline, expected);
  });

  it('Redis emptied in the middle: everything is found again, and the flush still ticks', async () => {
    redis = await ownRedis();
    pipeline = await testPipeline({ redis, env: SHORT });
    const expected = nothingExpected();
    dropFiles(pipeline.source, 300, 4, expected);
    for (const role of ['watcher', 'worker', 'worker'] as const) pipeline.fleet.start(role);
    await untilCommitted(3);
    const client = new Redis(redis.url);
    await client.flushall();
    client.disconnect();
    await expectExactly(pipeline, expected);

    dropFiles(pipeline.source, 1, 5, expected);
    await expectExactly(pipeline, expected);
  });
});
