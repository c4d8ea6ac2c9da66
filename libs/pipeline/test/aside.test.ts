import { verify } from '@sluice/ledger';
import { waitFor } from '@sluice/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  commit,
  Discovery,
  type FeedStores,
  flush,
  judgeHealth,
  parse,
  readHealthFacts,
  watch,
  work,
} from '../src/index.ts';
import { asideBecauseOf, lookAtTables } from '../src/load/aside.ts';
import { dropEvents, type InProcess, idsInTable, inProcess, range } from './in-process.ts';
import { closedFiles } from './load.ts';

let pipeline: InProcess;
let stores: FeedStores;
let stopping: AbortController;
let running: Promise<unknown>[];

beforeEach(async () => {
  pipeline = await inProcess();
  stores = pipeline.open({ INSERT_ATTEMPTS: '1' });
  stopping = new AbortController();
  running = [];
});

afterEach(async () => {
  stopping.abort();
  await Promise.all(running);
  await pipeline.close();
});

const feed = async () =>
  (await stores.sql`SELECT aside_at IS NOT NULL AS aside, aside_why AS why FROM sluice_feeds`)[0];

/** What health says of feeds that are set aside. */
const told = async () =>
  judgeHealth(await readHealthFacts(stores)).reasons.filter(({ code }) => code === 'feed_aside');

/** A watcher and a worker, until the end of the test. */
function run(): void {
  running.push(watch(pipeline.open(), stopping.signal));
  running.push(work(stores, stopping.signal));
}

describe('a feed whose table does not fit', () => {
  it.each([
    [
      'a table that is gone',
      'ALTER TABLE events RENAME TO elsewhere',
      'ALTER TABLE elsewhere RENAME TO events',
      /there is no table events/,
    ],
    [
      'a column that nothing fills',
      'ALTER TABLE events ADD COLUMN extra INT NOT NULL DEFAULT 0; ALTER TABLE events ALTER COLUMN extra DROP DEFAULT',
      'ALTER TABLE events DROP COLUMN extra',
      /extra/,
    ],
  ])(
    'by %s is set aside, fails no batch, rejects no row, and comes back by itself, and the log and health say so',
    async (...o) => {
      const [, spoil, remedy, why] = o;
      const said = vi.spyOn(stores.log, 'error');
      dropEvents(pipeline, 'a.csv', range(1, 5));
      run();
      await waitFor(async () => (await closedFiles(pipeline.sql)) === 1, { what: 'a file before' });
      await pipeline.sql.unsafe(spoil);
      dropEvents(pipeline, 'b.csv', range(6, 9));
      await waitFor(async () => (await feed())?.aside, { what: 'the feed aside' });
      expect((await feed())?.why).toMatch(why);
      await waitFor(async () => (await stores.staging.size()).chunks === 0, { what: 'an empty staging' });
      expect(said).toHaveBeenCalledExactlyOnceWith(
        { feed: 'events', why: expect.stringMatching(why), hint: expect.any(String) },
        'this feed does not fit its table: it is set aside until it does',
      );
      expect(await told()).toMatchObject([{ feed: 'events', text: expect.stringMatching(why) }]);
      await pipeline.sql.unsafe(remedy);
      await waitFor(async () => (await closedFiles(pipeline.sql)) === 2, { what: 'the file after' });
      expect(await told()).toEqual([]);
      expect(await feed()).toEqual({ aside: false, why: null });
      expect(await idsInTable(pipeline)).toEqual(range(1, 9));
      expect(await stores.queues.counts('insert')).toMatchObject({ failed: 0 });
      expect((await verify(stores.sql)).problems).toEqual([]);
    },
  );

  it('loses what it has staged, also in a batch that has failed, and nothing of it is read meanwhile', async () => {
    dropEvents(pipeline, 'a.csv', range(1, 5));
    const discovery = new Discovery(stores);
    await waitFor(async () => (await discovery.scan(true)).registered > 0, { what: 'a registered file' });
    const job = { v: 1, file_no: 1 as never, file: 'a.csv' } as const;
    const read = async () => (await parse(job, new Date(), stores, stopping.signal)).outcome;
    expect(await read()).toBe('parsed');
    await flush('all', stores);
    const [batch] = await stores.staging.openBatches();
    if (batch === undefined) throw new Error('no batch');
    expect(await asideBecauseOf(batch, stores)).toBeUndefined();

    await pipeline.sql`ALTER TABLE events RENAME TO elsewhere`;
    await expect(commit(batch, stores)).rejects.toThrow('42P01');
    expect(await asideBecauseOf(batch, stores)).toBe('there is no table events');
    expect(await stores.staging.size()).toMatchObject({ chunks: 0, bytes: 0, waiting: 0, batches: 0 });
    // Its job may still run: there is nothing to commit.
    expect(await commit(batch, stores)).toMatchObject({ carried: 0, records: 0 });
    expect(await read()).toBe('aside');
    expect(await stores.sql`SELECT begun FROM sluice_files`).toEqual([{ begun: 1 }]);

    await lookAtTables(stores);
    expect(await feed()).toMatchObject({ aside: true });
    await pipeline.sql`ALTER TABLE elsewhere RENAME TO events`;
    await lookAtTables(stores);
    expect(await feed()).toEqual({ aside: false, why: null });
    expect(await read()).toBe('parsed');
  });
});
