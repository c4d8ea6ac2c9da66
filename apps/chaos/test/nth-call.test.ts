import { loadConfig } from '@sluice/process';
import { tempFolder, testLedger, testRedis } from '@sluice/testkit';
import { expect, it, onTestFinished } from 'vitest';
import { type CallRun, failEachCall } from '../src/nth-call.ts';

it('whichever call to Redis or PostgreSQL fails, on the way there or back: the next process ends what was begun, exactly', async () => {
  const database = await testLedger();
  onTestFinished(() => database.drop());
  const { url, prefix } = testRedis();
  const env = { DATABASE_URL: database.url, REDIS_URL: url, REDIS_PREFIX: prefix, DATA_DIR: tempFolder() };
  const config = loadConfig({ env: { ...env, STABLE_FOR: '0ms', CHUNK_ROWS: '2', CLEAN_SOURCE: 'archive' } });
  const runs: CallRun[] = [];
  for await (const run of failEachCall(config)) runs.push(run);
  expect(runs.filter(({ breaches }) => breaches.length > 0)).toEqual([]);
  // Two passages at the end were untouched; before each of them, every call of a passage had failed.
  expect(runs.filter(({ call }) => call === 'none')).toHaveLength(2);
  expect(new Set(runs.map(({ call }) => call))).toContain('PostgreSQL COMMIT');
  expect(runs.length).toBeGreaterThan(60);
}, 120_000);
