import { closeSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { eventFiles, headerLine } from '@sluice/generator';
import { verify } from '@sluice/ledger';
import { type AppProcess, type OwnServer, ownPostgres, waitFor } from '@sluice/testkit';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import {
  closedFiles,
  countOf,
  dropFiles,
  expectExactly,
  nothingExpected,
  type TestPipeline,
  testPipeline,
} from './load.ts';

const MIB = 1024 * 1024;

let pipeline: TestPipeline;
let own: OwnServer | undefined;

afterEach(async () => {
  await pipeline.close();
  await own?.stop();
  own = undefined;
});

const start = (workers: number): AppProcess[] => [
  pipeline.fleet.start('watcher'),
  ...Array.from({ length: workers }, () => pipeline.fleet.start('worker')),
];

const tell = (line: string) => process.stdout.write(`${line}\n`);

describe('in the long run', () => {
  it('2,000 files with duplicates across them, two watchers and three workers: each valid event once', async () => {
    pipeline = await testPipeline();
    const expected = nothingExpected();
    dropFiles(pipeline.source, 2_000, 101, expected);
    pipeline.fleet.start('watcher');
    start(3);
    await waitFor(async () => (await closedFiles(pipeline.sql)) >= 2_000, {
      what: '2,000 files',
      timeoutMs: 600_000,
    });
    await expectExactly(pipeline, expected);
  });

  it('a file of 200 MB: every process stays below 300 MB', async () => {
    pipeline = await testPipeline();
    const rows = writeLargeFile(pipeline.source, 200 * MIB);
    const apps = start(2);
    await waitFor(async () => (await closedFiles(pipeline.sql)) >= 1, {
      what: 'the file',
      timeoutMs: 1_200_000,
    });
    const peaks = apps.map((app) => app.memory().peak);
    tell(
      `200 MB, ${rows} rows: peak memory ${peaks.map((peak) => `${Math.round(peak / MIB)} MiB`).join(', ')}`,
    );
    expect(await countOf(pipeline.sql, 'events')).toBe(rows);
    expect([...(await verify(pipeline.sql)).problems]).toEqual([]);
    for (const peak of peaks) expect(peak).toBeLessThan(300 * MIB);
  });

  it('ten minutes without PostgreSQL under full load: everything stays bounded, then drains', async () => {
    own = await ownPostgres();
    pipeline = await testPipeline({
      postgres: own,
      env: { STAGING_MAX_BYTES: '8MiB', FLUSH_INTERVAL: '5s' },
    });
    const redis = new Redis(pipeline.env.REDIS_URL ?? '');
    const expected = nothingExpected();
    const apps = start(2);
    dropFiles(pipeline.source, 200, 102, expected);
    await waitFor(async () => (await closedFiles(pipeline.sql)) >= 50, {
      what: 'the load',
      timeoutMs: 120_000,
    });
    await own.kill();
    const until = performance.now() + minutesAway() * 60_000;
    for (let seed = 103; performance.now() < until; seed += 1) {
      dropFiles(pipeline.source, 20, seed, expected);
      const next = performance.now() + 5_000;
      await waitFor(() => performance.now() > next, { what: 'five seconds', everyMs: 500 });
      const staged = Number(await redis.hget(`${pipeline.env.REDIS_PREFIX}:totals`, 'bytes'));
      expect(staged).toBeLessThanOrEqual(8 * MIB);
      for (const app of apps) expect(app.memory().now).toBeLessThan(300 * MIB);
    }
    await own.start();
    const files = expected.perFile.size;
    await waitFor(async () => (await closedFiles(pipeline.sql)) >= files, {
      what: `${files} files`,
      timeoutMs: 600_000,
    });
    await expectExactly(pipeline, expected);
    tell(
      `${minutesAway()} minutes away, ${files} files: ${apps.map((app) => `${Math.round(app.memory().peak / MIB)} MiB`).join(', ')}`,
    );
    for (const app of apps) expect(app.output).not.toContain('it stays in the failed set');
    redis.disconnect();
  });
});

/** SOAK_MINUTES shortens the outage for a first look. */
function minutesAway(): number {
  return Number(process.env.SOAK_MINUTES ?? 10);
}

function writeLargeFile(source: string, bytes: number): number {
  const temporary = join(source, '.large.csv.tmp');
  const file = openSync(temporary, 'w');
  let written = writeSync(file, `${headerLine}\n`);
  let rows = 0;
  for (const batch of eventFiles({
    seed: 104,
    rows: { min: 1_000, max: 1_000 },
    duplicates: 0,
    malformed: 0,
  })) {
    written += writeSync(file, batch.map((row) => `${row.line}\n`).join(''));
    rows += batch.length;
    if (written >= bytes) break;
  }
  closeSync(file);
  renameSync(temporary, join(source, 'large.csv'));
  return rows;
}
