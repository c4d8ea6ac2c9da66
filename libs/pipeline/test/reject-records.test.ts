import type { FileNo } from '@sluice/core';
import { openFiles, type Sql, totals, verify } from '@sluice/ledger';
import type { KillPoint } from '@sluice/process';
import { onKillPoint } from '@sluice/process/kill-points';
import type { InsertJob } from '@sluice/staging';
import { waitFor } from '@sluice/testkit';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type FeedStores,
  failedJobs,
  findRefused,
  flush,
  parse,
  recover,
  rejectRecords,
  replay,
  retryFailed,
  work,
} from '../src/index.ts';
import { dropEvents, type InProcess, inProcess, range } from './in-process.ts';

let pipeline: InProcess;
let stores: FeedStores;
let worker: Promise<void> | undefined;
let stop: AbortController;

beforeEach(async () => {
  pipeline = await inProcess();
  stores = pipeline.open({ INSERT_ATTEMPTS: '1', FLUSH_INTERVAL: '1h' });
  stop = new AbortController();
});
afterEach(async () => {
  onKillPoint(() => undefined);
  stop.abort();
  await worker;
  worker = undefined;
  await pipeline.close();
});

/** The table refuses those numbers, in a way that is no fault of the values as far as the SQLSTATE tells. BEFORE: rows are inserted, not copied. */
async function refuse(numbers: readonly number[], when: 'BEFORE' | 'AFTER' = 'AFTER'): Promise<void> {
  await pipeline.sql.unsafe(`
    CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF right(NEW.event_id::text, 12)::int = ANY ('{${numbers.join(',')}}') THEN
        RAISE EXCEPTION 'no % here', NEW.event_id USING ERRCODE = '42501';
      END IF;
      RETURN NEW;
    END $$;
    DROP TRIGGER IF EXISTS refuse ON events;
    CREATE TRIGGER refuse ${when} INSERT ON events FOR EACH ROW EXECUTE FUNCTION refuse()`);
}

/** Reads the files that are open into staging, and takes batches of what is staged. */
async function stage(): Promise<void> {
  for (const { fileNo, name: file } of await openFiles(stores.sql, 0 as FileNo, 100))
    await parse({ v: 1, file_no: fileNo, file }, new Date(), stores, new AbortController().signal);
  await stores.queues.dropWaitingParses();
  await flush('all', stores);
}

/** Has a worker of this process do all that waits. */
async function settled(): Promise<void> {
  worker ??= work(stores, stop.signal);
  await waitFor(async () => (await stores.queues.counts('insert')).alive === 0, { what: 'no insert waits' });
}

async function failed(): Promise<InsertJob[]> {
  const jobs = await stores.queues.jobs('insert', 'failed', 0, 100);
  return jobs.flatMap(({ content }) => (content.outcome === 'read' ? [content.value] : []));
}

/** The line of each number, wherever it has ended; one that is nowhere, or in two places, is told. */
async function placesOf(
  sql: Sql,
  numbers: readonly number[],
): Promise<Record<'table' | 'rejects', number[]>> {
  const rows = await sql<{ n: number }[]>`SELECT right(event_id::text, 12)::int AS n FROM events ORDER BY 1`;
  const rejects = await sql<{ n: number }[]>`
    SELECT substr(raw, 25, 12)::int AS n FROM sluice_rejects WHERE code = 'refused_by_database' ORDER BY 1`;
  const both = [...rows, ...rejects].map(({ n }) => n).sort((a, b) => a - b);
  if (both.join() !== numbers.join()) throw new Error(`lost or doubled: ${both.join()}`);
  return { table: rows.map(({ n }) => n), rejects: rejects.map(({ n }) => n) };
}

/** Each number is a row or a reject, once; the counts add up (I1), and nothing is left. */
async function expectSplit(numbers: readonly number[], rejected: readonly number[]): Promise<void> {
  expect(await placesOf(pipeline.sql, numbers)).toEqual({
    table: numbers.filter((n) => !rejected.includes(n)),
    rejects: rejected,
  });
  const sums = await totals(pipeline.sql);
  expect(sums).toMatchObject({ records: numbers.length, rejects: rejected.length, duplicates: 0, open: 0 });
  expect((await verify(pipeline.sql)).problems).toEqual([]);
  expect(await stores.staging.size()).toMatchObject({ chunks: 0, batches: 0 });
  expect(await failedJobs(stores.queues)).toEqual([]);
}

const thing = 'a record that PostgreSQL refuses';

describe(`${thing} and somebody rejects`, () => {
  it('becomes a reject of its file, and the rest of its batch is loaded', async () => {
    await refuse([3]);
    dropEvents(pipeline, 'a.csv', range(1, 5));
    dropEvents(pipeline, 'b.csv', range(6, 9));
    await recover(stores);
    await stage();
    await settled();
    const [batch] = await failed();
    if (batch === undefined) throw new Error('no batch has failed');
    const { refused, message } = await findRefused(batch, stores);
    expect(message).toBe('PostgreSQL refuses 1 record; it takes the others');
    expect(refused).toMatchObject([{ file: 'a.csv', line: 4, sqlstate: '42501' }]);
    expect(await rejectRecords(batch, refused, stores, 'ada')).toEqual({ changed: true, records: 1 });
    await settled();
    await expectSplit(range(1, 9), [3]);
    const [reject] = await pipeline.sql`SELECT * FROM sluice_rejects`;
    expect(reject).toMatchObject({
      ...{ line: 4, last_line: 4, col: null, code: 'refused_by_database' },
      expected: 'a row that PostgreSQL takes: SQLSTATE 42501',
    });
    const [act] = await pipeline.sql`SELECT action, subject, detail, done_by FROM sluice_audit`;
    expect(act).toEqual({
      ...{ action: 'reject', subject: `insert ${batch.id}`, done_by: 'ada' },
      detail: {
        count: 1,
        records: [{ file: 'a.csv', line: 4, sqlstate: '42501', constraint: null }],
      },
    });
    // A second order finds nothing to do, and a reading of the file again blames the table again.
    expect(await rejectRecords(batch, refused, stores, 'eve')).toEqual({ changed: false, records: 0 });
    await pipeline.sql`DROP TRIGGER refuse ON events`;
    await replay('a.csv', stores);
    await stage();
    await settled();
    expect(await totals(pipeline.sql)).toMatchObject({ inserted: 9, duplicates: 4, rejects: 1 });
    expect((await verify(pipeline.sql)).problems).toEqual([]);
  });

  it('is refused still: one that PostgreSQL takes meanwhile is not rejected, and nothing is changed', async () => {
    await refuse([2, 3]);
    dropEvents(pipeline, 'a.csv', range(1, 5));
    await recover(stores);
    await stage();
    await settled();
    const [batch] = await failed();
    if (batch === undefined) throw new Error('no batch has failed');
    const { refused } = await findRefused(batch, stores);
    await refuse([3]);
    await expect(rejectRecords(batch, refused, stores, 'ada')).rejects.toThrow('does not refuse');
    await expect(rejectRecords(batch, [{ fileNo: 1, line: 2 }], stores, 'ada')).rejects.toThrow();
    expect(await pipeline.sql`SELECT FROM sluice_audit`).toHaveLength(0);
    expect(await stores.queues.state('insert', batch.id)).toBe('failed');
    expect(await rejectRecords(batch, undefined, stores, 'ada')).toEqual({ changed: true, records: 1 });
    await settled();
    await expectSplit(range(1, 5), [3]);
  });

  const points: readonly KillPoint[] = [
    ...(['retry:noted', 'commit:loaded', 'commit:copied', 'commit:in-transaction'] as const),
    ...(['commit:committed', 'settle:before-drop', 'settle:dropped', 'settle:cleaned'] as const),
  ];

  it.each([
    ['AFTER', points] as const,
    ['BEFORE', points.filter((point) => point !== 'commit:copied')] as const,
  ])(
    'is there once when the process dies at any step, with a trigger %s the insert (I2, I3)',
    async (when, at) => {
      let n = 0;
      const rejected: number[] = [];
      for (const point of at) {
        await refuse([n + 2, n + 5], when);
        dropEvents(pipeline, `${point.replace(':', '-')}.csv`, range(n + 1, n + 5));
        await recover(stores);
        await stage();
        await settled();
        const [batch] = await failed();
        if (batch === undefined) throw new Error('no batch has failed');
        let deaths = 0;
        onKillPoint((passed) => {
          if (passed !== point || deaths > 0) return;
          deaths += 1;
          throw new Error('dead');
        });
        await rejectRecords(batch, undefined, stores, 'ada').catch(() => undefined);
        await settled();
        expect([point, deaths]).toEqual([point, 1]);
        // Whoever comes next orders it again where it is still failed, or finds nothing to do.
        await rejectRecords(batch, undefined, stores, 'eve').catch(() => undefined);
        await settled();
        await retryFailed(await failedJobs(stores.queues), 'all', stores, 'eve');
        await settled();
        rejected.push(n + 2, n + 5);
        n += 5;
        await expectSplit(range(1, n), rejected);
      }
    },
  );
});

/** A random number generator with a seed (mulberry32), so that a history can be repeated. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const DEATHS: readonly KillPoint[] = [
  'retry:noted',
  'commit:loaded',
  'commit:in-transaction',
  'commit:committed',
  'settle:dropped',
];

describe('any mixture of rejecting, retrying, dying, reading again and an emptied Redis', () => {
  it.each([1, 2, 3])('loses no record and doubles none, seed %d', async (seed) => {
    const random = randomOf(seed);
    const redis = new Redis(stores.config.redisUrl ?? '');
    const bad = [3, 8, 14];
    await refuse(bad, random(2) === 0 ? 'AFTER' : 'BEFORE');
    dropEvents(pipeline, 'a.csv', range(1, 10));
    dropEvents(pipeline, 'b.csv', range(11, 20));
    await recover(stores);
    await stage();
    await settled();
    const steps: readonly (() => Promise<unknown>)[] = [
      async () => await each((batch) => rejectRecords(batch, undefined, stores, 'ada')),
      async () => {
        const both = async () => await each((batch) => rejectRecords(batch, undefined, stores, 'ada'));
        await Promise.all([
          both(),
          both(),
          retryFailed(await failedJobs(stores.queues), 'all', stores, 'eve'),
        ]);
      },
      async () =>
        await each(async (batch) => {
          const { refused } = await findRefused(batch, stores);
          const one = refused[random(refused.length)];
          if (one !== undefined) await rejectRecords(batch, [one], stores, 'ada');
        }),
      async () => await retryFailed(await failedJobs(stores.queues), 'all', stores, 'eve'),
      async () => {
        // A worker that waits for a job does not notice at once that its queue is another one.
        stop.abort();
        await worker;
        [worker, stop] = [undefined, new AbortController()];
        const keys = await redis.keys(`${stores.config.redisPrefix}:*`);
        if (keys.length > 0) await redis.del(keys);
        await recover(stores);
        await stage();
      },
      async () => {
        await recover(stores);
        await stage();
      },
    ];
    async function each(act: (batch: InsertJob) => Promise<unknown>): Promise<void> {
      for (const batch of await failed()) await act(batch).catch(() => undefined);
    }
    for (let step = 0; step < 8; step += 1) {
      const at = DEATHS[random(2 * DEATHS.length)];
      let deaths = 0;
      onKillPoint((passed) => {
        if (passed !== at || deaths > 0) return;
        deaths += 1;
        throw new Error('dead');
      });
      await steps[random(steps.length)]?.().catch(() => undefined);
      await settled();
    }
    onKillPoint(() => undefined);
    for (let rounds = 0; rounds < 5; rounds += 1) {
      await stage();
      await settled();
      await each((batch) => rejectRecords(batch, undefined, stores, 'ada'));
      await settled();
      await retryFailed(await failedJobs(stores.queues), 'all', stores, 'eve');
      await settled();
    }
    await expectSplit(range(1, 20), bad);
    redis.disconnect();
    // The same look finds a row that is lost, and one that is both a row and a reject.
    await pipeline.sql`DELETE FROM events WHERE right(event_id::text, 12)::int = 4`;
    await expect(placesOf(pipeline.sql, range(1, 20))).rejects.toThrow('lost or doubled');
    await pipeline.sql`DROP TRIGGER refuse ON events`;
    const id = '00000000-0000-4000-8000-000000000003';
    await pipeline.sql`INSERT INTO events SELECT ${id}::uuid, event_type, product_id, user_id, event_timestamp, quantity, price, created_at FROM events LIMIT 1`;
    await expect(placesOf(pipeline.sql, range(1, 20))).rejects.toThrow('lost or doubled');
  });
});
