import { verify } from '@sluice/ledger';
import { waitFor } from '@sluice/testkit';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closedFiles, countOf, dropFile, type TestPipeline, testPipeline } from './load.ts';

let pipeline: TestPipeline;

beforeEach(async () => {
  pipeline = await testPipeline({
    env: { JOB_LOCK: '1s', RECONCILE_INTERVAL: '500ms', WORKER_CONCURRENCY: '2' },
  });
});
afterEach(() => pipeline.close());

const csv = (n: number) =>
  `event_id,event_type,product_id,user_id,event_timestamp,quantity,price\n00000000-0000-4000-8000-00000000000${n},view,p,u,2026-01-01 00:00:00,,\n`;

const NODE_OPTIONS = `--import ${new URL('./crash-on-read.ts', import.meta.url).href}`;

async function fileRow(name: string) {
  const [row] = await pipeline.sql<{ begun: number; quarantine: string | null; detail: string | null }[]>`
    SELECT begun, quarantine, quarantine_detail AS detail FROM sluice_files WHERE name = ${name}`;
  return row;
}

/** Forgets what Redis knows of this pipeline. */
async function wipeRedis(): Promise<void> {
  const { REDIS_URL = '', REDIS_PREFIX = '' } = pipeline.env;
  const redis = new Redis(REDIS_URL);
  const keys = await redis.keys(`${REDIS_PREFIX}*`);
  if (keys.length > 0) await redis.del(...keys);
  redis.disconnect();
}

describe('a file that ends the process that reads it', () => {
  it('is quarantined at the third time, which is alone, though Redis forgot the others; the rest is loaded (I9)', async () => {
    dropFile(pipeline.source, 'killer.csv', csv(1));
    pipeline.fleet.start('watcher');
    for (const death of [1, 2]) {
      const worker = pipeline.fleet.start('worker', [], { NODE_OPTIONS });
      expect(await worker.ended()).toBe('SIGKILL');
      expect((await fileRow('killer.csv'))?.begun).toBe(death);
      await wipeRedis();
    }
    for (const n of [2, 3, 4, 5]) dropFile(pipeline.source, `good_${n}.csv`, csv(n));
    const worker = pipeline.fleet.start('worker', [], { NODE_OPTIONS });
    await waitFor(async () => (await closedFiles(pipeline.sql)) === 5, { what: 'all files to be closed' });
    expect(await fileRow('killer.csv')).toMatchObject({ begun: 3, quarantine: 'crashes_worker' });
    expect((await fileRow('killer.csv'))?.detail).toContain('SIGKILL');
    expect(await countOf(pipeline.sql, 'events')).toBe(4);
    expect([...(await verify(pipeline.sql)).problems]).toEqual([]);
    worker.signal('SIGTERM');
    expect(await worker.ended()).toBe(0);
  });

  it('is told from one that was there whenever a worker died: that one is read alone, and loaded', async () => {
    dropFile(pipeline.source, 'innocent.csv', csv(1));
    const watcher = pipeline.fleet.start('watcher');
    await waitFor(() => watcher.lines('queued files').length > 0, { what: 'the first job of the file' });
    await pipeline.sql`UPDATE sluice_files SET begun = 7`;
    // Its job counts as the first try, and is queued again as any other.
    await wipeRedis();
    const worker = pipeline.fleet.start('worker');
    await waitFor(async () => (await closedFiles(pipeline.sql)) === 1, { what: 'the file to be closed' });
    expect(await fileRow('innocent.csv')).toMatchObject({ begun: 8, quarantine: null });
    expect(worker.lines('reading began again and again: it is read alone now')).toHaveLength(1);
    expect(await countOf(pipeline.sql, 'events')).toBe(1);
  });
});
