import { headerLine } from '@sluice/generator';
import { KeyTrace, openFiles, type Sql, verify, waterfall } from '@sluice/ledger';
import type { Handled, InsertJob, TakenJob } from '@sluice/staging';
import { waitFor } from '@sluice/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Discovery, type FeedStores, flush, parse } from '../src/index.ts';
import { InsertStage } from '../src/load/insert-stage.ts';
import { type InProcess, idOf, inProcess } from './in-process.ts';
import { countOf, dropFile } from './load.ts';

let pipeline: InProcess;
let stores: FeedStores;
let other: Sql;
let stage: InsertStage;
/** What the attempts of each batch said, by the file of its chunk. */
let notes: Map<string, string[]>;

beforeEach(async () => {
  pipeline = await inProcess();
  other = pipeline.sql;
  stores = pipeline.open();
  stage = new InsertStage(stores, 2);
  notes = new Map();
});

afterEach(async () => {
  await pipeline.close();
});

/** Each file becomes a chunk of two rows, and each chunk a batch. Returns the jobs in the order of the files. */
async function jobs(files: readonly string[], type = (file: string) => file): Promise<TakenJob<'insert'>[]> {
  for (const [i, file] of files.entries()) {
    const event = (n: number) => `${idOf(2 * i + n)},${type(file)},p,u,2026-01-01 00:00:00,1,1.00\n`;
    dropFile(pipeline.source, `${file}.csv`, `${headerLine}\n${event(1)}${event(2)}`);
  }
  const discovery = new Discovery(stores);
  const open = () => openFiles(stores.sql, 0, 10);
  await waitFor(async () => (await discovery.scan(true)) && (await open()).length === files.length, {
    what: 'registered files',
  });
  for (const { fileNo, name } of await open()) {
    await parse({ v: 1, file_no: fileNo, file: name }, new Date(), stores, new AbortController().signal);
    await flush('all', stores);
  }
  const batches = (await stores.staging.openBatches()).map((batch) => ({
    batch,
    file: batch.chunks[0]?.file ?? '',
  }));
  return batches
    .sort((one, two) => one.file.localeCompare(two.file))
    .map(({ batch, file }) => ({
      data: { ...batch, records: 2, transient: false, revivals: 0 } satisfies InsertJob,
      addedAt: new Date(),
      attempt: 1,
      isFirstTry: true,
      note: async (line) => void notes.set(file, [...(notes.get(file) ?? []), line]),
      rewrite: async () => undefined,
    }));
}

/** Runs jobs at once. The first is committed alone; the others come meanwhile. */
async function run(all: readonly TakenJob<'insert'>[]): Promise<(Handled | { error: unknown })[]> {
  return await Promise.all(all.map((job) => stage.run(job).catch((error: unknown) => ({ error }))));
}

const commits = async () =>
  await other<
    { batch: string; batches: string[] | null; chunks: number; records: number; inserted: number }[]
  >`
    SELECT batch_id AS batch, batches, chunks, records, inserted FROM sluice_commits ORDER BY commit_no`;
const problems = async () => [...(await verify(other)).problems];
const SEVEN = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

describe('insert jobs of one contract that wait in a worker', () => {
  it('are committed together, at most five, as one commit whose batches and chunks can be told apart', async () => {
    const all = await jobs(SEVEN);
    const ids = all.map(({ data }) => data.id);
    expect(await run(all)).toMatchObject([
      { outcome: 'done', result: { carried: 1, together: 1, records: 2 } },
      ...Array.from({ length: 5 }, () => ({
        outcome: 'done',
        result: { carried: 1, together: 5, records: 10 },
      })),
      { outcome: 'done', result: { carried: 1, together: 1 } },
    ]);
    expect([...(await commits())]).toEqual([
      { batch: ids[0], batches: null, chunks: 1, records: 2, inserted: 2 },
      { batch: ids[1], batches: ids.slice(1, 6), chunks: 5, records: 10, inserted: 10 },
      { batch: ids[6], batches: null, chunks: 1, records: 2, inserted: 2 },
    ]);
    const own = await other`SELECT batch_id AS id FROM sluice_chunks ORDER BY file_no`;
    expect(own.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(await stores.staging.size()).toMatchObject({ chunks: 0, batches: 0 });
    expect(await problems()).toEqual([]);
  });

  it('are each committed alone when one of them cannot be, and only that is an attempt', async () => {
    await other.unsafe(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF NEW.event_type = 'c' THEN RAISE EXCEPTION 'no' USING ERRCODE = 'XX000'; END IF; RETURN NULL; END $$;
      CREATE TRIGGER refuse AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION refuse();`);
    const all = await jobs(SEVEN.slice(0, 4));
    expect(await run(all)).toMatchObject([
      { outcome: 'done', result: { together: 1 } },
      { outcome: 'done', result: { together: 1 } },
      { error: { kind: 'fault', sqlstate: 'XX000' } },
      { outcome: 'done', result: { together: 1 } },
    ]);
    expect([...notes].map(([file, lines]) => [file, lines.length])).toEqual([['c.csv', 1]]);
    expect(await countOf(other, 'sluice_commits')).toBe(3);
    await other`DROP TRIGGER refuse ON events`;
    expect(await run(all.slice(2, 3))).toMatchObject([{ outcome: 'done' }]);
    expect(await problems()).toEqual([]);
  });

  it('become rejects only for the rows that the table refuses', async () => {
    await other`ALTER TABLE events ADD CONSTRAINT no_c CHECK (event_type <> 'c')`;
    expect(await run(await jobs(SEVEN.slice(0, 4)))).toMatchObject(
      [0, 0, 2, 0].map((rejects) => ({ outcome: 'done', result: { rejects } })),
    );
    expect(notes.size).toBe(0);
    expect(await problems()).toEqual([]);
  });

  it('wait for the end of an outage in the middle of their COPY, which is no attempt (I2)', async () => {
    const all = await jobs(SEVEN.slice(0, 4));
    const outcomes = await other.begin(async (holder) => {
      await holder`LOCK TABLE events IN SHARE MODE`;
      const running = run(all);
      // First the one that is alone, then the others.
      await endOneThatCopies();
      await endOneThatCopies();
      return [await running];
    });
    expect(outcomes[0]).toMatchObject(all.map(() => ({ error: { kind: 'outage' } })));
    expect([notes.size, await countOf(other, 'sluice_chunks')]).toEqual([0, 0]);
    expect(await run(all)).toMatchObject(all.map(() => ({ outcome: 'done' })));
    expect(await countOf(other, 'events')).toBe(8);
    expect(await problems()).toEqual([]);
  });

  it('of a transaction that was committed before its end was told are settled when they come again (I3)', async () => {
    const all = await jobs(SEVEN.slice(0, 3));
    const { staging } = stores;
    const settle = vi.spyOn(staging, 'settle').mockRejectedValue(new Error('gone'));
    expect(await run(all)).toMatchObject(all.map(() => ({ error: { message: 'gone' } })));
    settle.mockRestore();
    expect(await countOf(other, 'events')).toBe(6);
    expect(await run(all)).toMatchObject(
      all.map(() => ({ outcome: 'done', result: { carried: 1, claimed: 0 } })),
    );
    expect(await staging.size()).toMatchObject({ chunks: 0, batches: 0 });
    expect(await problems()).toEqual([]);
  });
});

it('a row that came with others in one commit is traced to the batch of its chunk', async () => {
  const all = await jobs(SEVEN.slice(0, 4));
  await run(all);
  const trace = await KeyTrace.of(stores.sql, stores.sql.contract, { event_id: idOf(6) });
  expect((await trace.batch()).map(({ name, batchId }) => [name, batchId])).toEqual(
    all.slice(1).map(({ data }) => [data.chunks[0]?.file, data.id]),
  );
  expect(await waterfall(other, new Date(0))).toMatchObject({ chunks: 4 });
});

/** Ends the session of a commit that waits for the lock. */
async function endOneThatCopies(): Promise<void> {
  await waitFor(
    async () => {
      const ended = await stores.sql<{ ended: boolean }[]>`
        SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE 'COPY%' AND wait_event_type = 'Lock'`;
      return ended.length > 0;
    },
    { what: 'a COPY that waits for the lock' },
  );
}
