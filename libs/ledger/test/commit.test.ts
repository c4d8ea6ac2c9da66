import { fileNo } from '@sluice/core';
import { commitBatch, markGone, quarantineCrashing } from '@sluice/ledger';
import { testLedger } from '@sluice/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  connectPostgres,
  FROM_NEWEST,
  findFile,
  listConflicts,
  PostgresFailure,
  rejectsOfFile,
  type Sql,
  strayQuoteFiles,
  verify,
  versionsOf,
} from '../src/index.ts';
import { payload, registered, row } from './staged.ts';

let sql: Sql;
let drop: () => Promise<void>;

beforeAll(async () => {
  const database = await testLedger();
  drop = database.drop;
  sql = connectPostgres(database.url, 'test');
});

afterAll(async () => {
  await sql.end();
  await drop();
});

const register = (name: string, content?: string) => registered(sql, name, content);

const batch = () => crypto.randomUUID();
const problems = async () => [...(await verify(sql)).problems];

describe('the commit statement', () => {
  it('keeps the last line of rejects and conflicts, and of a file the first stray quotes and their number', async () => {
    const [before, no] = [await register('known.csv'), await register('stray.csv')];
    const known = row();
    await commitBatch(sql, batch(), [payload(before, 1, [known], 1)]);
    const reject = {
      line: 7,
      last_line: 9,
      col: null,
      code: 'field_count' as const,
      expected: 'x',
      raw: 'y',
    };
    const other = { ...known, sluice_line: 5, sluice_last_line: 6, user_id: 'other' };
    const late = payload(no, 2, [other], 3, [reject], { count: 2, line: 5, lastLine: 6 });
    await commitBatch(sql, batch(), [late]);
    const early = payload(no, 1, [row()], null, [], { count: 1, line: 1, lastLine: 4 });
    const { closed } = await commitBatch(sql, batch(), [early]);
    const strayQuotes = { count: 3, line: 1, lastLine: 4 };
    expect(closed).toMatchObject([{ fileNo: no, strayQuotes }]);
    await commitBatch(sql, batch(), [late, early]);
    expect(await findFile(sql, no)).toMatchObject({ strayQuotes });
    expect((await listConflicts(sql, { file: no, after: FROM_NEWEST, limit: 9 }))[0]).toMatchObject({
      line: 5,
      lastLine: 6,
    });
    expect(await rejectsOfFile(sql, no, { afterLine: 0, limit: 9 })).toMatchObject([
      { line: 7, lastLine: 9 },
    ]);
    expect(await strayQuoteFiles(sql, { limit: 5 })).toMatchObject({
      count: 1,
      newest: [{ fileNo: no, name: 'stray.csv', strayQuotes }],
    });
    await commitBatch(sql, batch(), [payload(await register('stray.csv', 'corrected'), 1, [row()], 1)]);
    expect(await strayQuoteFiles(sql, { file: 'stray.csv', limit: 5 })).toEqual({ count: 0, newest: [] });
  });

  it('counts each record once: inserted, duplicate in the batch, duplicate of the table, reject (I1)', async () => {
    const no = await register('counts.csv');
    const known = row();
    await commitBatch(sql, batch(), [payload(await register('before.csv'), 1, [known], 1)]);
    const twice = row();
    const reject = {
      line: 9,
      last_line: 9,
      col: null,
      code: 'field_count' as const,
      expected: 'x',
      raw: 'y',
    };
    const rows = [twice, { ...twice, sluice_line: 900 }, { ...known, sluice_line: 901 }, row()];
    const commit = await commitBatch(sql, batch(), [payload(no, 1, rows, 5, [reject])]);
    expect(commit).toMatchObject({
      chunks: 1,
      records: 5,
      inserted: 2,
      duplicates: 2,
      conflicts: 0,
      rejects: 1,
    });
    expect(commit.closed).toMatchObject([{ name: 'counts.csv', records: 5 }]);
    expect(await problems()).toEqual([]);
  });

  it('inserts nothing for a chunk that is in the ledger, whoever brings it (I3)', async () => {
    const no = await register('claimed.csv');
    const chunk = payload(no, 1, [row(), row()], 2);
    expect(await commitBatch(sql, batch(), [chunk, chunk])).toMatchObject({ chunks: 1, inserted: 2 });
    expect(await commitBatch(sql, batch(), [chunk])).toMatchObject({
      chunks: 0,
      inserted: 0,
      duplicates: 0,
      closed: [],
    });
    expect(await problems()).toEqual([]);
  });

  it('executed many times at once claims each chunk once', async () => {
    const no = await register('at-once.csv');
    const id = batch();
    const chunks = [payload(no, 1, [row(), row()], null), payload(no, 3, [row()], 3)];
    const commits = await Promise.all(Array.from({ length: 8 }, () => commitBatch(sql, id, chunks)));
    expect(commits.reduce((sum, commit) => sum + commit.chunks, 0)).toBe(2);
    expect(commits.reduce((sum, commit) => sum + commit.inserted, 0)).toBe(3);
    expect(await problems()).toEqual([]);
  });

  it('of batches that overlap in ids, at once, neither deadlocks nor miscounts, and misses no conflict', async () => {
    const ids = Array.from({ length: 200 }, () => crypto.randomUUID());
    const batches = await Promise.all(
      Array.from({ length: 6 }, async (_, i) => {
        const no = await register(`overlap-${i}.csv`);
        const rows = [...ids].sort(() => Math.random() - 0.5).map((id) => row(id, `type-${i}`));
        return payload(no, 1, rows, rows.length);
      }),
    );
    const commits = await Promise.all(batches.map((chunk) => commitBatch(sql, batch(), [chunk])));
    const sum = (of: 'inserted' | 'duplicates' | 'conflicts') =>
      commits.reduce((total, commit) => total + commit[of], 0);
    expect([sum('inserted'), sum('duplicates'), sum('conflicts')]).toEqual([200, 1_000, 1_000]);
    expect(await problems()).toEqual([]);
  });

  it('records a duplicate with other content as a conflict, in the batch as well as in the table', async () => {
    const no = await register('conflicts.csv');
    const first = row();
    const other = { ...first, sluice_line: first.sluice_line + 1, event_type: 'click' };
    expect(await commitBatch(sql, batch(), [payload(no, 1, [first, other], null)])).toMatchObject({
      inserted: 1,
      conflicts: 1,
    });
    const again = { ...first, sluice_line: first.sluice_line + 2, price: '2.00' };
    expect(await commitBatch(sql, batch(), [payload(no, 3, [again], 3)])).toMatchObject({
      duplicates: 1,
      conflicts: 1,
    });
    const contents = await sql<{ offered: string[]; kept: string[] }[]>`
      SELECT offered, kept FROM sluice_conflicts WHERE file_no = ${no} ORDER BY line`;
    expect(contents.map(({ offered, kept }) => [offered[0], offered[5], kept[0], kept[5]])).toEqual([
      ['click', 1, 'view', 1],
      ['view', 2, 'view', 1],
    ]);
    expect(await problems()).toEqual([]);
  });

  it('keeps both contents of each conflict, also of one whose other row was committed at the same moment', async () => {
    const ids = Array.from({ length: 100 }, () => crypto.randomUUID());
    const files = await Promise.all(['left', 'right'].map((name) => register(`both-${name}.csv`)));
    await Promise.all(
      files.map((no, i) =>
        commitBatch(sql, batch(), [
          payload(
            no,
            1,
            ids.map((id) => row(id, `side-${i}`)),
            100,
          ),
        ]),
      ),
    );
    const sides = await sql<{ sides: string[]; n: number }[]>`
      SELECT array[offered ->> 0, kept ->> 0] AS sides, count(*) AS n FROM sluice_conflicts
      WHERE file_no = ANY (${files}) GROUP BY 1`;
    expect(sides.every(({ sides: [offered, kept] }) => offered !== kept && kept !== null)).toBe(true);
    expect(sides.reduce((sum, { n }) => sum + n, 0)).toBe(100);
  });

  it('counts apart the duplicates whose id stood earlier in their chunk, in whichever spelling', async () => {
    const no = await register('repeated.csv');
    const first = row();
    const rows = [
      first,
      { ...first, sluice_line: first.sluice_line + 1 },
      { ...first, sluice_line: first.sluice_line + 2, event_id: String(first.event_id).toUpperCase() },
    ];
    await commitBatch(sql, batch(), [
      payload(no, 1, rows, null),
      payload(no, 4, [{ ...first, sluice_line: first.sluice_line + 3 }], 4),
    ]);
    const counts = await sql`
      SELECT file.duplicates, file.duplicates_in_chunk, commit.duplicates_in_chunk AS in_commit
      FROM sluice_files AS file
      JOIN sluice_chunks AS chunk USING (file_no) JOIN sluice_commits AS commit USING (batch_id)
      WHERE file_no = ${no} LIMIT 1`;
    expect([...counts]).toEqual([{ duplicates: 3, duplicates_in_chunk: 2, in_commit: 2 }]);
    expect(await problems()).toEqual([]);
  });

  it('claims no chunk of a file that was closed without it, also when that happens at the same moment (I3)', async () => {
    const no = await register('crashes.csv');
    await commitBatch(sql, batch(), [payload(no, 1, [row()], null)]);
    const late = payload(no, 2, [row()], null);
    await Promise.all([quarantineCrashing(sql, no, 'it crashes'), commitBatch(sql, batch(), [late])]);
    const { inserted } = await commitBatch(sql, batch(), [late]);
    expect(inserted).toBe(0);
    expect(await problems()).toEqual([]);
  });

  it('leaves nothing behind when it fails, and tells the constraint but no value (I2, I10)', async () => {
    const no = await register('refused.csv');
    await sql`ALTER TABLE events ADD CONSTRAINT no_secret CHECK (event_type <> 'secret')`;
    const before = await sql`SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM sluice_chunks)`;
    const refused = await commitBatch(sql, batch(), [
      payload(no, 1, [row(), row(undefined, 'secret')], 2),
    ]).catch((error) => error);
    await sql`ALTER TABLE events DROP CONSTRAINT no_secret`;
    expect(refused).toBeInstanceOf(PostgresFailure);
    expect(refused).toMatchObject({ kind: 'data', sqlstate: '23514', constraint: 'no_secret' });
    expect(refused.message).not.toContain('secret,');
    expect(await sql`SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM sluice_chunks)`).toEqual(
      before,
    );
    expect((await problems()).map(({ problem, name }) => [problem, name])).toEqual([['open', 'refused.csv']]);
    await markGone(sql, [no], 'missing');
  });

  it('refuses chunks of a file that the ledger does not know', async () => {
    const unknown = fileNo.parse(999_999);
    await expect(commitBatch(sql, batch(), [payload(unknown, 1, [row()], 1)])).rejects.toMatchObject({
      sqlstate: 'SL001',
    });
  });

  it('is found by the created_at of its rows', async () => {
    const id = batch();
    const one = row();
    await commitBatch(sql, id, [payload(await register('lineage.csv'), 1, [one], 1)]);
    const [found] = await sql<{ batch_id: string }[]>`
      SELECT batch_id FROM sluice_commits
      JOIN events ON events.created_at = sluice_commits.committed_at AT TIME ZONE 'UTC'
      WHERE event_id = ${String(one.event_id)}`;
    expect(found?.batch_id).toBe(id);
  });
});

describe('verify', () => {
  it("finds a row that was deleted behind the ledger's back", async () => {
    await sql`DELETE FROM events WHERE event_id = (SELECT event_id FROM events LIMIT 1)`;
    expect((await problems()).map(({ problem }) => problem)).toEqual(['table_differs']);
  });

  it('finds a chunk that is missing, by the gap and by the sums', async () => {
    const no = await register('gap.csv');
    await commitBatch(sql, batch(), [
      payload(no, 1, [row()], null),
      payload(no, 2, [row()], null),
      payload(no, 3, [row()], 3),
    ]);
    await sql`DELETE FROM sluice_chunks WHERE file_no = ${no} AND first_line = 2`;
    const found = (await problems()).filter(({ name }) => name === 'gap.csv').map(({ problem }) => problem);
    expect(found).toEqual(['detail_differs', 'gap']);
  });
});

describe('a row of the ledger that is not as the program expects it', () => {
  it('is refused by the names of statement and column, without its value (I10)', async () => {
    const no = await register('strange.csv');
    await sql`UPDATE sluice_files SET rules = '{"delimiter": "a secret"}' WHERE file_no = ${no}`;
    const error = await versionsOf(sql, 'strange.csv').catch((reason: Error) => reason);
    expect(error).toMatchObject({ name: 'RowError', hint: expect.stringContaining('version') });
    expect(String(error)).toContain('to operate/versions-of cannot be read: the column rules holds');
    expect(String(error)).not.toContain('secret');
    await sql`UPDATE sluice_files SET rules = '{"expansion_limit": "9"}' WHERE file_no = ${no}`;
    await expect(versionsOf(sql, 'strange.csv')).rejects.toThrow('the column rules holds no number');
  });
});
