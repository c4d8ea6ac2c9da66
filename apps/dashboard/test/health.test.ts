import { busySince, standstill } from '@sluice/ledger';
import { judgeHealth, readHealthFacts } from '@sluice/pipeline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HealthWatch } from '../src/health-watch.ts';
import { ServerWatch } from '../src/server-watch.ts';
import { HEADER, lineOf, type TestDashboard, testDashboard } from './test-dashboard.ts';

let dashboard: TestDashboard;

beforeEach(async () => {
  dashboard = await testDashboard();
});

afterEach(() => dashboard.close());

describe('a change of the health', () => {
  it('is shown and told at once, but that there is nothing to do only when that lasts, and since when it is so', async () => {
    const { stores } = dashboard;
    const told: string[] = [];
    const watch = new HealthWatch(stores, new ServerWatch(stores), ({ state }) => told.push(state));
    expect((await watch.look()).state).toBe('idle');
    dashboard.drop('one.csv', HEADER + lineOf(1));
    await dashboard.load(async () => {
      const { state } = await watch.look();
      return state === 'running';
    });
    await dashboard.load();
    expect(judgeHealth(await readHealthFacts(stores)).state).toBe('idle');
    expect(told.filter((state) => state !== 'stuck')).toEqual(['idle', 'running']);
    const idle = async () => {
      await watch.look();
      return told.at(-1);
    };
    await expect.poll(idle, { timeout: 10_000 }).toBe('idle');
    // As another dashboard says it, or this one after a restart.
    const other = new HealthWatch(stores, new ServerWatch(stores));
    const [{ at } = {}] = await stores.sql`SELECT max(committed_at) AS at FROM sluice_commits`;
    expect([(await watch.look()).since, (await other.look()).since]).toEqual([at, at]);
  });

  it('to running has been so since the first file after a pause, which an open file ends', async () => {
    const { sql } = dashboard.stores;
    const minutesAgo = (date: Date | null) => date && Math.round((Date.now() - date.getTime()) / 60_000);
    const since = async () => minutesAgo(await busySince(sql, 60_000));
    const file = async (registered: number, closed: number | null) =>
      await sql`
      INSERT INTO sluice_files (name, token, chunk_rows, reader, landed_at, stable_at, registered_at, closed_at)
      VALUES (${`${registered}.csv`}, '1-1-1', 250, 2, now(), now(), now() - ${registered} * interval '1 minute',
              now() - ${closed}::float8 * interval '1 minute')`;
    const commit = async (ago: number) =>
      await sql`
      INSERT INTO sluice_commits (batch_id, chunks, records, inserted, duplicates, conflicts, rejects, committed_at)
      VALUES (gen_random_uuid(), 1, 1, 1, 0, 0, 0, now() - ${ago} * interval '1 minute')`;
    expect(await since()).toBe(null);
    await commit(90);
    await file(20, 7.9);
    for (const ago of [18, 8, 7.5, 7, 0]) await commit(ago);
    expect(await since()).toBe(0);
    await file(6, null);
    expect(await since()).toBe(6);
    await sql`UPDATE sluice_files SET closed_at = now() WHERE name = '6.csv'`;
    for (const ago of [6.5, 6]) await commit(ago);
    // The file of 20 minutes ago was open between the commits of 18 and 8 minutes ago.
    expect(await since()).toBe(18);
  });
});

describe('work that does not come forward', () => {
  it('is stuck once nothing was committed for long though a file waits, and says for how long', async () => {
    const { sql } = dashboard.stores;
    expect(await standstill(sql)).toBe(null);
    await sql`
      INSERT INTO sluice_files (name, token, chunk_rows, reader, landed_at, stable_at, registered_at)
      VALUES ('a.csv', '1-1-1', 250, 2, now(), now(), now() - interval '20 minutes')`;
    expect(Date.now() - ((await standstill(sql))?.getTime() ?? 0)).toBeGreaterThanOrEqual(20 * 60_000);
    const facts = await readHealthFacts(dashboard.stores);
    expect(facts.standsFor).toBe(0); // There was no worker that could have.
    const watched = { ...facts, processes: { ...facts.processes, watcher: true } };
    expect(judgeHealth({ ...watched, workers: 1 }).state).toBe('running');
    const { state, reasons } = judgeHealth({ ...watched, workers: 1, standsFor: 20 * 60_000 });
    expect([state, reasons[0]?.code, reasons[0]?.text]).toEqual([
      'stuck',
      'standstill',
      expect.stringContaining('nothing was committed for 20 min'),
    ]);
    await sql`
      INSERT INTO sluice_commits (batch_id, chunks, records, inserted, duplicates, conflicts, rejects, committed_at)
      VALUES (gen_random_uuid(), 1, 1, 1, 0, 0, 0, now() - interval '1 minute')`;
    expect(Date.now() - ((await standstill(sql))?.getTime() ?? 0)).toBeLessThan(2 * 60_000);
  });
});
