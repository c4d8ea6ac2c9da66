import { setInterval as every } from 'node:timers/promises';
import { contractNo, fileNo } from '@sluice/core';
import { createLogger, loadConfig } from '@sluice/process';
import { waitFor } from '@sluice/testkit';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { closeStores, flush, openStores, work } from '../src/index.ts';
import { Linger } from '../src/load/linger.ts';
import { dropFiles, expectExactly, nothingExpected, type TestPipeline, testPipeline } from './load.ts';

let pipeline: TestPipeline;

/** No tick comes while a test runs. */
const NEVER = '1h';

beforeEach(async () => {
  // A busy machine may stand still for longer than the default of FLUSH_WHEN_IDLE.
  const env = { FLUSH_INTERVAL: NEVER, FLUSH_WHEN_IDLE: '5s', RECONCILE_INTERVAL: '30s' };
  pipeline = await testPipeline({ env });
});

afterEach(() => pipeline.close());

it('a trickle of 27 files a second fills its micro-batches, and the rest is committed without a tick', async () => {
  const { fleet, sql, source } = pipeline;
  fleet.start('watcher');
  for (let i = 0; i < 2; i += 1) fleet.start('worker');
  await waitFor(() => fleet.output.split('"working"').length > 2, { what: 'the workers' });
  const expected = nothingExpected();
  let files = 0;
  for await (const _ of every(1000 / 27)) {
    dropFiles(source, 1, 1000 + files, expected, { min: 75, max: 75 });
    files += 1;
    if (files === 40) break;
  }
  await expectExactly(pipeline, expected);
  const records = (
    await sql<{ records: number }[]>`SELECT records FROM sluice_commits ORDER BY commit_no`
  ).map((commit) => commit.records);
  expect(Math.min(...records.slice(0, -1))).toBeGreaterThanOrEqual(900);
  expect(records.reduce((sum, one) => sum + one)).toBe(40 * 75);
});

it('takes the rest of an idle feed, and lets the batch of a busy one fill', async () => {
  const open = (FLUSH_WHEN_IDLE: string) => {
    const config = loadConfig({ env: { ...pipeline.env, FLUSH_WHEN_IDLE } });
    return openStores('test', config, createLogger('test', 'silent'), 'wait');
  };
  // With "off" nothing is marked as busy.
  const [busy, idle] = [open('1h'), open('off')];
  const stop = new AbortController();
  const working = work(busy, stop.signal);
  const [one, two] = [1, 2].map((no) => contractNo.parse(no));
  for (const [stores, contract] of [[busy, one] as const, [idle, two] as const]) {
    const ref = { contractNo: contract ?? null, fileNo: fileNo.parse(contract), file: 'a.csv' };
    await stores.staging.stage({ ...ref, firstLine: 1, lastLine: 2, records: 1 }, 'payload', 1_000);
  }
  expect(await busy.staging.waitingContracts()).toHaveLength(2);
  await busy.ticks.askForIdleFlush();
  await waitFor(async () => (await busy.staging.waitingContracts()).length === 1, { what: 'the flush' });
  expect(await busy.staging.waitingContracts()).toEqual([one]);
  expect(await busy.staging.lastFlush()).toBeUndefined();
  stop.abort();
  await working;
  await Promise.all([busy, idle].map(closeStores));
});

it('takes a batch that does not fill an interval after its first file landed, unless it was taken before', async () => {
  const config = loadConfig({ env: { ...pipeline.env, FLUSH_INTERVAL: '200ms' } });
  const stores = openStores('test', config, createLogger('test', 'silent'), 'wait');
  const { staging } = stores;
  const stop = new AbortController();
  const linger = new Linger(stores, stop.signal);
  const chunk = (contract: number, file: number) => ({
    ...{ contractNo: contractNo.parse(contract), fileNo: fileNo.parse(file), file: `${file}.csv` },
    ...{ firstLine: 1, lastLine: 2, records: 1 },
  });
  for (const [contract, file] of [[1, 1] as const, [1, 2] as const, [2, 3] as const, [3, 4] as const])
    await staging.stage(chunk(contract, file), 'payload', 1_000);
  // The first chunk of this batch has been taken, and another process has the timer of the one that waits now.
  linger.begin(chunk(1, 2), null);
  // A clock that is ahead or behind shortens or lengthens no wait beyond the interval and its half.
  linger.begin(chunk(2, 3), Date.now() + 3_600_000);
  linger.begin(chunk(3, 4), Date.now() - 3_600_000);
  await waitFor(async () => (await staging.waitingContracts()).length === 1, { what: 'two flushes' });
  expect(await staging.waitingContracts()).toEqual([1]);
  expect((await staging.openBatches()).map(({ contractNo: no }) => no).sort()).toEqual([2, 3]);
  await closeStores(stores);
});

it('lets what is staged during a flush wait for more, and takes all that was there before', async () => {
  const stores = openStores(
    'test',
    loadConfig({ env: pipeline.env }),
    createLogger('test', 'silent'),
    'wait',
  );
  const { staging, queues } = stores;
  let file = 0;
  const stage = async () => {
    file += 1;
    const ref = { contractNo: contractNo.parse(1), fileNo: fileNo.parse(file), file: `${file}.csv` };
    await staging.stage({ ...ref, firstLine: 1, lastLine: 400, records: 400 }, 'payload', 1e6);
  };
  for (let i = 0; i < 5; i += 1) await stage();
  const add = queues.addInsert.bind(queues);
  vi.spyOn(queues, 'addInsert').mockImplementation(async (batch) => {
    if (file < 20) await stage();
    return await add(batch);
  });
  expect(await flush('all', stores)).toMatchObject({ batches: 3, records: 2_400 });
  expect((await staging.size()).waiting).toBe(800);
  await closeStores(stores);
});
