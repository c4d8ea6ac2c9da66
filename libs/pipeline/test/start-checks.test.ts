import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger } from '@sluice/process';
import { type OwnServer, ownRedis, tempFolder } from '@sluice/testkit';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkStart, tellOfTables } from '../src/start-checks.ts';
import { inProcess } from './in-process.ts';
import { type TestPipeline, testPipeline } from './load.ts';

let pipeline: TestPipeline;
let own: OwnServer | undefined;

afterEach(async () => {
  await pipeline.close();
  await own?.stop();
  own = undefined;
});

describe('an app refuses to start, and says what to do about it,', () => {
  it('with a Redis that may throw data away', async () => {
    own = await ownRedis();
    pipeline = await testPipeline({ redis: own });
    const redis = new Redis(own.url);
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    redis.disconnect();
    const worker = pipeline.fleet.start('worker');
    expect(await worker.ended()).toBe(1);
    expect(worker.output).toContain('maxmemory-policy is allkeys-lru');
    expect(worker.output).toContain('noeviction');
  });

  it('with a database whose migrations are newer than the program', async () => {
    pipeline = await testPipeline();
    await pipeline.sql`INSERT INTO sluice_migrations (version, name) VALUES (9999, 'from the future')`;
    const worker = pipeline.fleet.start('worker');
    expect(await worker.ended()).toBe(1);
    expect(worker.output).toContain('update the program');
  });

  it('with a source folder that is none', async () => {
    pipeline = await testPipeline();
    const file = join(tempFolder(), 'file');
    writeFileSync(file, '');
    const watcher = pipeline.fleet.start('watcher', ['--source', file]);
    expect(await watcher.ended()).toBe(1);
    expect(watcher.output).toContain('cannot be read');
  });
});

it('an app tells of a feed whose table does not fit, and what to do, and goes on for the others', async () => {
  pipeline = await testPipeline();
  const { sql } = pipeline;
  await sql`INSERT INTO sluice_files (name, token, chunk_rows, reader, landed_at, stable_at)
            VALUES ('a.csv', '1-2-3', 250, 1, now(), now())`;
  const log = createLogger('test', 'silent');
  const error = vi.spyOn(log, 'error');
  await tellOfTables({ sql, log });
  expect(error).not.toHaveBeenCalled();
  await sql`ALTER TABLE events DROP COLUMN price`;
  await tellOfTables({ sql, log });
  expect(error.mock.calls).toEqual([
    [
      { feed: 'events', hint: expect.any(String) },
      expect.stringMatching(/^the feed events cannot be loaded: .*price/),
    ],
  ]);
});

it('an app waits for a PostgreSQL that goes away in the middle of its start, and then goes on', async () => {
  const within = await inProcess();
  try {
    const stores = within.open();
    const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    vi.spyOn(stores.feeds, 'refresh').mockRejectedValueOnce(reset);
    const warn = vi.spyOn(stores.log, 'warn');
    await checkStart(stores, new AbortController().signal);
    expect(warn.mock.calls.map(([, message]) => message)).toContain('PostgreSQL is away: waiting for it');
  } finally {
    await within.close();
  }
});
