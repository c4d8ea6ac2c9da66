import { countsOf, dropOldDetail, KeyTrace, listFiles, rejectTotals, totals } from '@sluice/ledger';
import { undo } from '@sluice/pipeline/without-redis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileStates } from '../src/api/schemas/files.ts';
import { overview, queues, rejectList } from '../src/api/schemas.ts';
import { HEADER, idOf, lineOf, type TestDashboard, testDashboard } from './test-dashboard.ts';

let dashboard: TestDashboard;

beforeEach(async () => {
  dashboard = await testDashboard();
});

afterEach(() => dashboard.close());

describe('the totals', () => {
  it('are those of the files, and do not go back when old commits are dropped, corrected rejects included', async () => {
    const { sql } = dashboard.stores;
    const bad = lineOf(4).replace(idOf(4), 'not-an-id');
    dashboard.drop('a.csv', HEADER + [lineOf(1), lineOf(1), lineOf(2, { price: '9.99' }), bad].join(''));
    dashboard.drop('b.csv', HEADER + [lineOf(2), lineOf(3)].join(''));
    await dashboard.load();
    // As a correction of the reject does it, and a newer commit after it.
    await sql`UPDATE sluice_files SET rejects = 0, inserted = inserted + 1 WHERE name = 'a.csv'`;
    await sql`UPDATE sluice_files SET closed_at = closed_at - interval '1 day'`;
    await sql`
      WITH correction AS (
        INSERT INTO sluice_commits (batch_id, chunks, records, inserted, duplicates, conflicts, rejects)
        VALUES (gen_random_uuid(), 0, 0, 1, 0, 0, -1) RETURNING commit_no)
      INSERT INTO sluice_commit_counts SELECT commit_no, 'reject', 'invalid_uuid', -1 FROM correction`;
    await sql`UPDATE sluice_chunks SET committed_at = committed_at - interval '1 day'`;
    await sql`UPDATE sluice_commits SET committed_at = committed_at - interval '1 day'`;
    await sql`
      INSERT INTO sluice_commits (batch_id, chunks, records, inserted, duplicates, conflicts, rejects)
      VALUES (gen_random_uuid(), 0, 0, 0, 0, 0, 0)`;
    const sums = async () => {
      const [files] = await sql`
        SELECT sum(records)::int AS records, sum(inserted)::int AS inserted, sum(duplicates)::int AS duplicates,
               sum(duplicates_in_chunk)::int AS "duplicatesInChunk", sum(conflicts)::int AS conflicts, sum(rejects)::int AS rejects
        FROM sluice_files`;
      const of = await totals(sql);
      expect(of).toMatchObject({ ...files });
      return [of, await rejectTotals(sql)];
    };
    const before = await sums();
    expect(before[1]).toMatchObject([{ name: 'invalid_uuid', count: 1 }]);
    for (let left = 1; left > 0; ) {
      const { files, rows, commits } = await dropOldDetail(sql, 'events', 3_600_000);
      left = files + rows + commits;
    }
    expect(await sql`SELECT FROM sluice_commits`).toHaveLength(1);
    expect(await sums()).toEqual(before);
  });
});

describe('what is shown of a file that was read again, and undone', () => {
  it('adds up: each reject counts once, rows by type are those of the table, and each version is in one state', async () => {
    const { sql } = dashboard.stores;
    dashboard.drop('a.csv', HEADER + [lineOf(1), lineOf(2, { type: 'sale' }), 'bad,line\n'].join(''));
    await dashboard.load();
    expect((await dashboard.act('/api/actions/replay', { file: 1 })).status).toBe(200);
    await dashboard.load();
    dashboard.drop('b.csv', HEADER + lineOf(3));
    await dashboard.load();
    await undo('b.csv', { confirm: async () => true }, dashboard.stores);
    const shown = async () => {
      const { totals: of, database } = overview.parse((await dashboard.get('/api/overview')).body);
      const { rejects } = rejectList.parse((await dashboard.get('/api/rejects')).body);
      // Other tests use the same server at the same time.
      const types = { rows: database?.rows, byEventType: database?.byEventType };
      return { rejects: of?.rejects, files: of?.files, listed: rejects.length, types };
    };
    const before = await shown();
    expect(before).toMatchObject({
      rejects: { all: 1, readAgain: 1, byReason: [{ name: 'field_count', count: 1 }] },
      files: { all: 3, closed: 3, complete: 2, undone: 1, quarantined: 0, same: 0, open: 0 },
      listed: 1,
      types: {
        rows: 2,
        byEventType: [
          { name: 'sale', count: 1 },
          { name: 'view', count: 1 },
        ],
      },
    });
    const { body } = await dashboard.get('/api/queues');
    expect(queues.parse(body).queues.map(({ completed }) => completed)).toEqual([3, null, 3]);
    await sql`UPDATE sluice_files SET closed_at = closed_at - interval '1 day' WHERE file_no = 1`;
    await sql`UPDATE sluice_chunks SET committed_at = committed_at - interval '1 day' WHERE file_no = 1`;
    await dropOldDetail(sql, 'events', 3_600_000);
    expect(await sql`SELECT FROM sluice_rejects`).toHaveLength(1);
    expect(await shown()).toEqual(before);
  });
});

describe('where the time goes', () => {
  it('is the stage that a usual chunk waits in: files without a job wait for a worker, and one slow chunk is told beside it', async () => {
    const { sql } = dashboard.stores;
    // Landed 200 s ago, found at once, and queued only when there was room in the queue. The last one waited a day for its flush.
    await sql`
      WITH file AS (
        INSERT INTO sluice_files (name, token, chunk_rows, reader, landed_at, stable_at, registered_at)
        SELECT format('%s.csv', n), '1-1-1', 250, 2, now() - interval '200 s', now() - interval '199 s', now() - interval '198 s'
        FROM generate_series(1, 9) AS n
        RETURNING file_no),
      chunk AS (
        INSERT INTO sluice_chunks (file_no, first_line, last_line, records, batch_id, queued_at, parsed_at, staged_at, committed_at)
        SELECT file_no, first_line, first_line + 9, 10, ('00000000-0000-4000-8000-' || lpad(file_no::text, 12, '0'))::uuid,
               now() - interval '20 s', now() - interval '18 s' + first_line * interval '10 ms', now() - interval '10 s', now()
        FROM file, unnest(ARRAY[1, 101]) AS first_line
        RETURNING file_no, batch_id)
      INSERT INTO sluice_commits (batch_id, chunks, records, inserted, duplicates, conflicts, rejects, committed_at, taken_at)
      SELECT DISTINCT batch_id, 2, 20, 20, 0, 0, 0, now() + CASE WHEN file_no = 9 THEN interval '1 day' ELSE interval '0' END,
             now() - interval '5 s' + CASE WHEN file_no = 9 THEN interval '1 day' ELSE interval '0' END
      FROM chunk`;
    const { waterfall } = overview.parse((await dashboard.get('/api/overview')).body);
    const medians = Object.fromEntries(waterfall?.stages.map(({ name, median }) => [name, median]) ?? []);
    expect(medians).toMatchObject({
      landed: 1,
      stable: 1,
      reading: expect.closeTo(0.5),
      'waiting for flush': 5,
    });
    expect(medians.queued).toBeCloseTo(180.01);
    expect(waterfall).toMatchObject({ chunks: 18, dominant: 'queued', dominantOfAll: 'waiting for flush' });
    const [longest] = waterfall?.stages.toSorted((a, b) => b.share - a.share) ?? [];
    expect(longest?.name).toBe('queued');
  });
});

describe('the counts by event type', () => {
  it('name the hundred most frequent, and add up the others: a file may bring any number of them', async () => {
    const { sql } = dashboard.stores;
    await sql`
      INSERT INTO sluice_commit_counts (commit_no, kind, name, count)
      SELECT commit_no, 'event_type', format('type %s', n), 200 - n FROM generate_series(1, 150) AS n, generate_series(1, 2) AS commit_no`;
    const counts = await countsOf(sql, 'event_type');
    expect(counts).toHaveLength(101);
    expect(counts[0]).toEqual({ name: 'type 1', count: 398 });
    expect(counts[99]).toEqual({ name: 'type 100', count: 200 });
    expect(counts[100]).toEqual({ name: 'and 50 others', count: 7450 });
    expect(await countsOf(sql, 'reject')).toEqual([]);
  });
});

describe('a search', () => {
  it('finds the files of each state, and a name in any case', async () => {
    const { sql } = dashboard.stores;
    for (const state of fileStates) {
      await sql`
        INSERT INTO sluice_files (name, token, chunk_rows, reader, landed_at, stable_at, closed_at, gone_at, same_as, quarantine, undone_at, held)
        VALUES (${`Of_${state}.CSV`}, '1-1-1', 250, 2, now(), now(),
                ${['open', 'gone', 'held'].includes(state) ? null : new Date()}, ${state === 'gone' ? new Date() : null},
                ${state === 'same' ? 1 : null}, ${state === 'quarantined' ? 'encoding' : null}, ${state === 'undone' ? new Date() : null},
                ${state === 'held' ? 'new_content' : null})`;
    }
    const list = { after: null, limit: 51 };
    for (const state of fileStates) {
      for (const search of [undefined, 'oF_', '.csv']) {
        const found = await listFiles(sql, { ...list, state, search });
        expect(found.map((file) => [file.name, file.state])).toEqual([[`Of_${state}.CSV`, state]]);
      }
    }
    expect(await listFiles(sql, { ...list, search: 'OF_' })).toHaveLength(fileStates.length);
    expect(await listFiles(sql, { ...list, search: 'of%' })).toEqual([]);
    expect(await totals(sql)).toMatchObject({
      ...{ files: 7, open: 1, gone: 1, held: 1, closed: 4, quarantined: 1, same: 1 },
    });
  });

  it('finds the rejects that hold an event_id, in whichever case it stands there', async () => {
    const { sql } = dashboard.stores;
    const id = 'abcdef12-3456-4abc-8def-abcdefabcdef';
    dashboard.drop('a.csv', `${HEADER}${id.toUpperCase()},view,p,u,never,1,1\n${lineOf(1)}`);
    await dashboard.load();
    const mentions = async (event_id: string) =>
      await (await KeyTrace.of(sql, sql.contract, { event_id })).mentions([[event_id]]);
    expect(await mentions(id)).toMatchObject([{ kind: 'reject', name: 'a.csv', line: 2 }]);
    expect(await mentions(idOf(7))).toEqual([]);
  });
});
