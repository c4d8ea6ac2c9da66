import { fileNo } from '@sluice/core';
import { createLogger, loadConfig } from '@sluice/runtime';
import { waitFor } from '@sluice/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeStores, openStores, type Stores } from '../src/index.ts';
import { repair } from '../src/repair.ts';
import { type TestPipeline, testPipeline } from './load.ts';

let pipeline: TestPipeline;
let stores: Stores;

beforeEach(async () => {
  pipeline = await testPipeline();
  stores = openStores('test', loadConfig({ env: pipeline.env }), createLogger('test', 'silent'), 'wait');
});

afterEach(async () => {
  await closeStores(stores);
  await pipeline.close();
});

const requested = async () =>
  (await stores.queues.flush.getWaiting()).filter((job) => job.repeatJobKey === undefined);

describe('a reconcile', () => {
  it('makes the flush scheduler when it is missing', async () => {
    await repair(stores);
    expect(await stores.queues.flush.getJobSchedulersCount()).toBe(1);
  });

  it('asks for a flush of staged records that none has taken for two intervals, and for one alone', async () => {
    const chunk = { fileNo: fileNo.parse(1), file: 'a.csv', firstLine: 1, lastLine: 2, records: 1 };
    await stores.staging.stage(chunk, 'payload', 1_000);
    await repair(stores);
    expect(await requested()).toHaveLength(0);
    await waitFor(async () => repair(stores).then(async () => (await requested()).length > 0), {
      what: 'the request',
    });
    await repair(stores);
    expect(await requested()).toHaveLength(1);
  });
});
