import { fileNo } from '@sluice/core';
import { createLogger, loadConfig } from '@sluice/process';
import { waitFor } from '@sluice/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { closeStores, type FeedStores, openStores } from '../src/index.ts';
import { Repair } from '../src/intake/repair.ts';
import { type TestPipeline, testPipeline } from './load.ts';

let pipeline: TestPipeline;
let stores: FeedStores;
let repair: Repair;

beforeEach(async () => {
  pipeline = await testPipeline();
  stores = openStores('test', loadConfig({ env: pipeline.env }), createLogger('test', 'silent'), 'wait');
  repair = new Repair(stores);
});

afterEach(async () => {
  vi.useRealTimers();
  await closeStores(stores);
  await pipeline.close();
});

const requested = async () =>
  (await stores.queues.board().flush.getWaiting()).filter((job) => job.repeatJobKey === undefined);

describe('a reconcile', () => {
  it('makes the flush scheduler when it is missing', async () => {
    await repair.look();
    expect(await stores.queues.board().flush.getJobSchedulersCount()).toBe(1);
  });

  it('asks for a flush of staged records that none has taken for two intervals, and for one alone', async () => {
    const chunk = {
      contractNo: null,
      fileNo: fileNo.parse(1),
      file: 'a.csv',
      firstLine: 1,
      lastLine: 2,
      records: 1,
    };
    await stores.staging.stage(chunk, 'payload', 1_000);
    // The clock of another host tells nothing about how long they have waited.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 });
    await repair.look();
    expect(await requested()).toHaveLength(0);
    await waitFor(async () => repair.look().then(async () => (await requested()).length > 0), {
      what: 'the request',
    });
    await repair.look();
    expect(await requested()).toHaveLength(1);
  });
});
