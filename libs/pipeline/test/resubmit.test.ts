import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CsvReader, columnsOf, DEFAULT_RULES, events, type FileNo, readHeader } from '@sluice/core';
import {
  activateContract,
  countsOf,
  dropOldDetail,
  type LedgerReject,
  listRejects,
  openFiles,
  totals,
  verify,
} from '@sluice/ledger';
import { createLogger, loadConfig } from '@sluice/process';
import { tempFolder } from '@sluice/testkit';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  closeStores,
  commit,
  type FeedStores,
  flush,
  openStores,
  parse,
  recover,
  replay,
} from '../src/index.ts';
import { readCorrected } from '../src/operate/corrected-file.ts';
import {
  exportRejects,
  lineage,
  type Resubmission,
  type ResubmitProblem,
  resubmit,
  undo,
} from '../src/without-redis.ts';
import { dropFile, type TestPipeline, testPipeline } from './load.ts';

const header = columnsOf(events).join(',');
const idOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const lineOf = (n: number, o: { at?: string; type?: string; price?: string } = {}) =>
  `${idOf(n)},${o.type ?? 'view'},p,u,${o.at ?? '2026-01-01 00:00:00'},1,${o.price ?? '1.00'}`;
const everything = { settled: true, limit: 1_000 };

let pipeline: TestPipeline;
let stores: FeedStores;
const opened: FeedStores[] = [];

function open(env: Record<string, string> = {}): FeedStores {
  const config = loadConfig({ env: { ...pipeline.env, ...env }, cwd: pipeline.env.DATA_DIR ?? '' });
  const one = openStores('test', config, createLogger('test', 'silent'), 'wait');
  opened.push(one);
  return one;
}

beforeEach(async () => {
  pipeline = await testPipeline({ env: { STABLE_FOR: '0ms' } });
  stores = open();
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map(closeStores));
  await pipeline.close();
});

/** Loads a file of these lines, as a micro-batch of its own. */
async function load(name: string, lines: readonly string[], by = stores): Promise<FileNo> {
  dropFile(pipeline.source, name, `${[header, ...lines].join('\n')}\n`);
  return await loadAll(by);
}

async function loadAll(by = stores): Promise<FileNo> {
  // As a watcher with these settings does.
  const load = { rules: by.feed.rules, contract: events };
  const yaml = { source: pipeline.source, yamlAt: new Date(), who: 'test' };
  await activateContract(by.sql, { feed: 'events', load, ...yaml });
  await recover(by);
  let last = 0 as FileNo;
  for (const { fileNo, name } of await openFiles(by.sql, 0, 100)) {
    await parse({ v: 1, file_no: fileNo, file: name }, new Date(), by, new AbortController().signal);
    last = fileNo;
  }
  await flush('all', by);
  for (const batch of await by.staging.openBatches()) {
    await commit(batch, by);
    await by.queues.board().insert.remove(batch.id);
  }
  return last;
}

function fileOf(text: string): string {
  const path = join(tempFolder(), 'fixed.csv');
  writeFileSync(path, text);
  return path;
}

/** A file of corrections: each a reject's place and the line that it is to be. */
function corrections(
  ...records: readonly (readonly [fileNo: number, line: number, event: string])[]
): string {
  const lines = records.map(([fileNo, line, event]) => `${fileNo},${line},${event}`);
  return fileOf(`${[`file_no,line,${header}`, ...lines].join('\n')}\n`);
}

async function resubmitted(
  path: string,
  o: { dryRun?: boolean; by?: FeedStores } = {},
): Promise<Resubmission & { told: ResubmitProblem[] }> {
  const told: ResubmitProblem[] = [];
  const onProblem = (problem: ResubmitProblem) => told.push(problem);
  const stopping = new AbortController().signal;
  const done = await resubmit(path, { dryRun: o.dryRun ?? false, stopping, onProblem }, o.by ?? stores);
  return { ...done, told };
}

async function exported(spreadsheet = false): Promise<string> {
  const pieces = exportRejects(listRejects(stores.sql, {}, { ...everything, settled: false }), events, {
    spreadsheet,
  });
  return (await Array.fromAsync(pieces)).join('');
}

async function ids(): Promise<number[]> {
  const rows = await stores.sql<
    { n: number }[]
  >`SELECT right(event_id::text, 12)::int AS n FROM events ORDER BY 1`;
  return rows.map(({ n }) => n);
}

/** The proof of I1; and the sums that are kept beside it tell the same. */
async function expectClean(): Promise<void> {
  expect([...(await verify(stores.sql)).problems]).toEqual([]);
  const sums = await totals(stores.sql);
  const sum = async (kind: 'event_type' | 'reject') =>
    (await countsOf(stores.sql, kind)).reduce((total, { count }) => total + count, 0);
  expect(await sum('event_type')).toBe(sums.inserted);
  expect(await sum('reject')).toBe(sums.rejects);
  const [commits] = await stores.sql`
    SELECT sum(inserted)::int AS inserted, sum(duplicates)::int AS duplicates, sum(conflicts)::int AS conflicts,
           sum(rejects)::int AS rejects FROM sluice_commits`;
  const { inserted, duplicates, conflicts, rejects } = sums;
  expect(commits).toEqual({ inserted, duplicates, conflicts, rejects });
}

describe('a corrected reject', () => {
  it('becomes a row under its file and line, once, and the counts of its file follow (I1, I3)', async () => {
    const no = await load('a.csv', [lineOf(1), lineOf(2, { at: 'tomorrow' }), lineOf(3, { price: '1.234' })]);
    const path = corrections([no, 3, lineOf(2)], [no, 4, lineOf(3)]);
    expect(await resubmitted(path)).toMatchObject({ records: 2, inserted: 2, duplicates: 0, problems: 0 });
    expect(await ids()).toEqual([1, 2, 3]);
    await expectClean();
    const [file] = await stores.sql`SELECT records, inserted, rejects FROM sluice_files`;
    expect(file).toEqual({ records: 3, inserted: 3, rejects: 0 });
    const again = await resubmitted(path);
    expect(again).toMatchObject({ inserted: 0, duplicates: 0, problems: 2 });
    expect(again.told).toMatchObject([
      { line: 2, rejectLine: 3, reason: 'resubmitted_before', expected: expect.stringContaining(idOf(2)) },
      { line: 3, rejectLine: 4, reason: 'resubmitted_before' },
    ]);
    await expectClean();
    const audit = await stores.sql`SELECT action, subject, detail, done_by FROM sluice_audit`;
    expect(audit).toMatchObject([
      {
        ...{ action: 'resubmit', subject: 'fixed.csv', done_by: expect.stringMatching(/.@./) },
        detail: { files: [no], rejects: 2, inserted: 2, duplicates: 0, conflicts: 0 },
      },
    ]);
    expect(JSON.stringify(audit)).not.toContain(idOf(2));
  });

  it('is loaded once by many at the same time, and each of them tells what the others took (I3)', async () => {
    const numbers = Array.from({ length: 700 }, (_, i) => i + 1);
    const no = await load(
      'a.csv',
      numbers.map((n) => lineOf(n, { at: 'no' })),
    );
    const path = corrections(...numbers.map((n) => [no, n + 1, lineOf(n)] as const));
    const runs = await Promise.all([1, 2, 3].map(() => resubmitted(path, { by: open() })));
    const sum = (of: 'inserted' | 'duplicates' | 'problems') =>
      runs.reduce((total, run) => total + run[of], 0);
    expect([sum('inserted'), sum('duplicates'), sum('problems')]).toEqual([700, 0, 1_400]);
    const told = new Set(runs.flatMap((run) => run.told.map(({ reason }) => reason)));
    expect([...told]).toEqual(['resubmitted_before']);
    expect(await ids()).toEqual(numbers);
    await expectClean();
  });

  it('neither deadlocks nor miscounts beside others, and beside commits, that bring the same ids in another order', async () => {
    const numbers = Array.from({ length: 200 }, (_, i) => i + 1);
    const files: FileNo[] = [];
    for (const name of ['a.csv', 'b.csv', 'c.csv'])
      files.push(
        await load(
          name,
          numbers.map((n) => lineOf(n, { at: 'no' })),
        ),
      );
    const shuffled = () => [...numbers].sort(() => Math.random() - 0.5);
    const paths = files.map((no) =>
      corrections(...shuffled().map((n) => [no, n + 1, lineOf(n, { type: `t${no}` })] as const)),
    );
    dropFile(pipeline.source, 'd.csv', `${[header, ...shuffled().map((n) => lineOf(n))].join('\n')}\n`);
    const [, ...runs] = await Promise.all([
      loadAll(),
      ...paths.map((path) => resubmitted(path, { by: open() })),
    ]);
    expect(runs.reduce((total, { problems }) => total + problems, 0)).toBe(0);
    const sums = await totals(stores.sql);
    expect(sums).toMatchObject({ records: 800, inserted: 200, duplicates: 600, conflicts: 600, rejects: 0 });
    await expectClean();
  });

  it('that has the id of another row is a duplicate, and a conflict with both contents where it differs', async () => {
    const no = await load('a.csv', [
      lineOf(1),
      lineOf(2, { at: 'no' }),
      lineOf(3, { at: 'no' }),
      lineOf(4, { at: 'no' }),
    ]);
    const twice = [lineOf(5, { type: 'first' }), lineOf(5, { type: 'second' })];
    const path = corrections([no, 3, lineOf(1)], [no, 5, twice[1] ?? ''], [no, 4, twice[0] ?? '']);
    expect(await resubmitted(path)).toMatchObject({ inserted: 1, duplicates: 2, conflicts: 1, problems: 0 });
    const conflicts = await stores.sql`SELECT line, offered, kept FROM sluice_conflicts`;
    expect([...conflicts]).toEqual([
      {
        line: 5,
        offered: ['second', 'p', 'u', '2026-01-01T00:00:00', 1, 1],
        kept: ['first', 'p', 'u', '2026-01-01T00:00:00', 1, 1],
      },
    ]);
    await expectClean();
  });

  it('that is still wrong is told by the line of the file that it came in, and holds no other', async () => {
    const no = await load('a.csv', [lineOf(1, { at: 'no' }), lineOf(2, { at: 'no' }), lineOf(3)]);
    const path = corrections(
      ...([
        [no, 2, lineOf(1, { at: '2023-02-29 00:00:00' })],
        [no, 3, lineOf(2)],
      ] as const),
      ...([
        [no, 4, lineOf(3)],
        [99, 2, lineOf(4)],
        [no, 3, lineOf(2)],
        [no, 77, 'a,b'],
      ] as const),
    );
    const { told, ...done } = await resubmitted(path);
    expect(done).toMatchObject({ records: 6, inserted: 1, problems: 5 });
    expect(told.map(({ line, reason, column }) => [line, reason, column])).toEqual([
      [2, 'invalid_timestamp', 'event_timestamp'],
      [4, 'unknown_reject', null],
      [5, 'unknown_reject', null],
      [6, 'repeated', null],
      [7, 'unknown_reject', null],
    ]);
    await expectClean();
  });

  it('that PostgreSQL refuses is told with SQLSTATE and constraint, and holds no other (I9)', async () => {
    const no = await load(
      'a.csv',
      [1, 2, 3].map((n) => lineOf(n, { at: 'no' })),
    );
    await stores.sql`ALTER TABLE events ADD CONSTRAINT no_secret CHECK (event_type <> 'secret')`;
    const path = corrections([no, 2, lineOf(1)], [no, 3, lineOf(2, { type: 'secret' })], [no, 4, lineOf(3)]);
    const { told, inserted } = await resubmitted(path);
    expect([inserted, await ids()]).toEqual([2, [1, 3]]);
    expect(told).toMatchObject([
      {
        line: 3,
        reason: 'refused_by_database',
        expected: expect.stringContaining('SQLSTATE 23514, constraint no_secret'),
      },
    ]);
    await expectClean();
    await stores.sql`ALTER TABLE events DROP CONSTRAINT no_secret`;
    expect(await resubmitted(corrections([no, 3, lineOf(2)]))).toMatchObject({ inserted: 1, problems: 0 });
  });

  it('is read in the time zone that its file was read in, and a time that was converted is not converted again', async () => {
    const berlin = open({ SOURCE_TIMEZONE: 'Europe/Berlin' });
    await stores.sql`ALTER TABLE events ADD CONSTRAINT cheap CHECK (price < 5)`;
    const rows = [lineOf(1, { at: 'no' }), lineOf(2, { at: '2026-07-01 12:00:00', price: '9.00' })];
    await load('a.csv', rows, berlin);
    await stores.sql`ALTER TABLE events DROP CONSTRAINT cheap`;
    const text = await exported();
    expect(text).toContain(',2026-07-01 10:00:00Z,');
    const fixed = fileOf(text.replace(',no,1,1.00,', ',2026-07-01 12:00:00,1,1.00,'));
    expect(await resubmitted(fixed)).toMatchObject({ inserted: 2, problems: 0 });
    const times = await stores.sql`SELECT DISTINCT event_timestamp::text AS at FROM events`;
    expect([...times]).toEqual([{ at: '2026-07-01 10:00:00' }]);
  });

  it('is not loaded when it is only tried, nor when it is of another database', async () => {
    const no = await load('a.csv', [lineOf(1, { at: 'no' })]);
    const path = corrections([no, 2, lineOf(1)]);
    expect(await resubmitted(path, { dryRun: true })).toMatchObject({ inserted: 1, problems: 0 });
    const other = fileOf(`file,${header},line,file_no\nb.csv,${lineOf(1)},2,${no}\n`);
    expect((await resubmitted(other)).told).toMatchObject([
      {
        reason: 'unknown_reject',
        expected: expect.stringContaining('is "a.csv": is this another database?'),
      },
    ]);
    expect(await ids()).toEqual([]);
    expect([...(await stores.sql`SELECT FROM sluice_audit`)]).toEqual([]);
    expect(await resubmitted(path)).toMatchObject({ inserted: 1 });
  });
});

describe('an export', () => {
  it('that nobody corrected loads nothing, whatever is wrong with the records (I7)', async () => {
    const long = 'x'.repeat(5_000);
    const count = 12;
    await load('a.csv', [
      `${idOf(1)},vi\0ew,p,u,2026-01-01 00:00:00,1,1.00`,
      `${idOf(2)},view,${long},u,2026-01-01 00:00:00,1,1.00`,
      `${idOf(3)},view,p,u,2026-01-01 00:00:00,1`,
      `${idOf(4)},view,p,u,2026-01-01 00:00:00,1,1.00,more`,
      `${idOf(5)},view,"p"p,u,2026-01-01 00:00:00,1,1.00`,
      `${idOf(6)},view,"p,u,2026-01-01 00:00:00,1,1.00`,
      `NULL,view,p,u,2026-01-01 00:00:00,1,1.00`,
      `${idOf(8)},view,p,,2026-01-01 00:00:00,1,1.00`,
      `${idOf(9)},view,p,u,2026-02-30 00:00:00,1,1.00`,
      `${idOf(10)},view,p,u,2026-01-01 00:00:00,1\0,1.00`,
      `${idOf(11)},view,p,u,2026-01-01 00:00:00,1,-1.00`,
      `{${idOf(12)}},view,p,u,2026-01-01 00:00:00,1,1.00`,
    ]);
    for (const spreadsheet of [false, true]) {
      const { records, problems } = await resubmitted(fileOf(await exported(spreadsheet)));
      expect([records, problems]).toEqual([count, count]);
    }
    expect(await ids()).toEqual([]);
    // What is certain needs not be written again.
    expect(await exported()).toContain(`,${idOf(3)},,,,,,,`);
  });

  it('has the cells of a record as its own file laid them out', async () => {
    const other = open({ CSV_DELIMITER: ';' });
    dropFile(
      pipeline.source,
      'a.csv',
      `price;note;USER_ID;event_id;event_type;product_id;event_timestamp;quantity\n1.00;"a;b";"u;1";${idOf(1)};view;"p,1";never;2\n`,
    );
    await loadAll(other);
    const text = await exported();
    expect(text.split('\n')[1]).toContain(`,${idOf(1)},view,"p,1",u;1,never,2,1.00,`);
    await resubmitted(fileOf(text.replace(',never,', ',2026-01-01 00:00:00,')));
    const [row] = await stores.sql`SELECT product_id, user_id, quantity, price FROM events`;
    expect(row).toEqual({ product_id: 'p,1', user_id: 'u;1', quantity: 2, price: '1.00' });
  });

  const cell = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.stringMatching(/^'{0,3}[=+\-@\t\r\n＝]?[a",'\r\n;]{0,4}$/),
  );

  it('changes no value on its way through a spreadsheet, and holds no formula', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(cell, { minLength: 7, maxLength: 7 }),
        fc.boolean(),
        async (cells, spreadsheet) => {
          const quoted = cells.map((text) => `"${text.toWellFormed().replaceAll('"', '""')}"`);
          const reject = rejectOf(quoted.join(','));
          const lines = exportRejects(streamOf(reject), events, { spreadsheet });
          const text = (await Array.fromAsync(lines)).join('');
          const [read] = await Array.fromAsync(readCorrected(fileOf(text), events));
          const values = read?.columns.at.map((at) => read.record.fields[at]);
          const shown = cells.map((value, i) => (i > 0 && i < 4 && value.includes('\u2400') ? '' : value));
          expect(values).toEqual(shown.map((value) => value.toWellFormed()));
          expect(read?.ref).toEqual({ fileNo: 7, line: 9 });
          if (!spreadsheet) return;
          const reader = new CsvReader();
          const records = [...reader.push(text.slice(1)), ...reader.end()].flat();
          for (const field of records.flatMap(({ fields }) => fields))
            expect(field).not.toMatch(/^[=+\-@\t\r]/);
        },
      ),
      { numRuns: 300 },
    );
  });
});

async function* streamOf(reject: LedgerReject): AsyncGenerator<LedgerReject> {
  yield reject;
}

function rejectOf(raw: string): LedgerReject {
  const columns = readHeader({ fields: columnsOf(events), raw: '' }, events);
  if ('reason' in columns) throw new Error(columns.detail);
  return {
    ...{
      fileNo: 7 as FileNo,
      feed: 'events',
      contractNo: null,
      file: '=a.csv',
      line: 9,
      lastLine: 9,
      column: null,
      reason: 'invalid_uuid',
      expected: '-x',
      raw,
    },
    ...{
      committedAt: null,
      state: 'open',
      resubmittedAt: null,
      resubmittedAs: null,
      rules: DEFAULT_RULES,
      columns,
    },
  };
}

describe('resubmit refuses', () => {
  it.each([
    ['a file that is not there', '/nowhere/x.csv', /does not exist/],
    ['a file that lacks what it needs', `file_no,event_id\n`, /lacks line, event_type, product_id/],
    [
      'a file whose fields are separated by something else',
      `${['file_no', 'line', header].join(',').replaceAll(',', ';')}\n`,
      /lacks/,
    ],
    ['a header that is not clear', `file_no,line,line,${header}\n`, /header is not clear: line/],
    ['an empty file', '', /is empty/],
    [
      'a file that is not UTF-8',
      Buffer.concat([Buffer.from(`file_no,line,${header}\n1,2,`), Buffer.from([0xe4])]),
      /line 2 is not valid UTF-8/,
    ],
  ])('%s, before it loads anything', async (_, content, message) => {
    const path = join(tempFolder(), 'x.csv');
    if (content !== '/nowhere/x.csv') writeFileSync(path, content);
    await expect(resubmitted(content === '/nowhere/x.csv' ? content : path)).rejects.toMatchObject({
      message: expect.stringMatching(message),
      hint: expect.any(String),
    });
  });
});

describe('after a resubmission', () => {
  it('undo removes its rows with the others, keeps those that another file holds too, and no more of it can be loaded', async () => {
    const a = await load('a.csv', [lineOf(1), ...[2, 3, 4, 5].map((n) => lineOf(n, { at: 'no' }))]);
    await resubmitted(corrections([a, 3, lineOf(2)], [a, 4, lineOf(3)], [a, 5, lineOf(4)]));
    // One is held by a line of another file, one by a corrected reject of it.
    const b = await load('b.csv', [lineOf(3), lineOf(9, { at: 'no' }), lineOf(7)]);
    await resubmitted(corrections([b, 3, lineOf(4)]));
    const { plan, removed } = await undo('a.csv', { confirm: async () => true }, stores);
    expect(plan).toMatchObject({ rows: 2, shared: 2, sharedWith: ['b.csv'] });
    expect(removed).toBe(2);
    expect(await ids()).toEqual([3, 4, 7]);
    await expectProof();
    const again = async () => (await resubmitted(corrections([a, 6, lineOf(5)], [a, 3, lineOf(2)]))).told;
    expect(await again()).toMatchObject([
      { reason: 'undone', expected: 'its rows were removed: "replay" it, then export its rejects again' },
      { reason: 'undone' },
    ]);
    const later = await load('a.csv', [lineOf(1), lineOf(2, { at: 'no' }), lineOf(8)]);
    expect(await again()).toMatchObject(
      [6, 3].map(() => {
        return { expected: `its rows were removed, and file ${later} has its records: export again` };
      }),
    );
    await undo('a.csv', { confirm: async () => true }, stores);
    await undo('b.csv', { confirm: async () => true }, stores);
    expect(await ids()).toEqual([3, 4]);
    await expectProof();
  });

  it('of one id from two files at once, the row is that of the first', async () => {
    const a = await load('a.csv', [lineOf(1, { at: 'no' })]);
    const b = await load('b.csv', [lineOf(1, { at: 'no' })]);
    await resubmitted(corrections([b, 2, lineOf(1)], [a, 2, lineOf(1)]));
    const counts = await stores.sql`SELECT inserted, duplicates FROM sluice_files ORDER BY file_no`;
    expect([...counts]).toEqual([
      { inserted: 1, duplicates: 0 },
      { inserted: 0, duplicates: 1 },
    ]);
    expect((await undo('b.csv', { confirm: async () => true }, stores)).plan).toMatchObject({
      rows: 0,
      shared: 0,
    });
    expect((await undo('a.csv', { confirm: async () => true }, stores)).removed).toBe(1);
    await expectProof();
  });

  it('lineage finds its file and line, and the rejected id knows what it became', async () => {
    const no = await load('a.csv', [lineOf(1), `${idOf(2)},view,,u,2026-01-01 00:00:00,1,1.00`]);
    await resubmitted(corrections([no, 3, lineOf(3)]));
    expect(await lineage(idOf(3), stores)).toMatchObject({
      row: { event_id: idOf(3) },
      batch: { id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      corrections: [{ fileNo: no, name: 'a.csv', line: 3, code: 'missing_value', origin: true }],
    });
    expect(await lineage(idOf(2), stores)).toMatchObject({
      row: undefined,
      mentions: [{ kind: 'reject', line: 3, resubmittedAs: idOf(3) }],
    });
  });

  it('a replay lists the rejects of its own reading, and the old ones are settled', async () => {
    const first = await load('a.csv', [lineOf(1, { at: 'no' }), lineOf(2, { at: 'no' })]);
    await resubmitted(corrections([first, 2, lineOf(1)]));
    const { fileNo } = await replay('a.csv', stores);
    await loadAll();
    const all = await Array.fromAsync(listRejects(stores.sql, {}, everything));
    expect(all.map(({ fileNo: no, line, state }) => [no, line, state])).toEqual([
      [fileNo, 2, 'open'],
      [fileNo, 3, 'open'],
      [first, 2, 'resubmitted'],
      [first, 3, 'replayed'],
    ]);
    expect(await resubmitted(corrections([fileNo, 2, lineOf(1)]))).toMatchObject({
      duplicates: 1,
      conflicts: 0,
    });
    await expectProof();
  });

  it('retention drops the rejects, verify stays clean, and nothing can be loaded for them any more', async () => {
    const no = await load('a.csv', [lineOf(1, { at: 'no' }), lineOf(2, { at: 'no' })]);
    await resubmitted(corrections([no, 2, lineOf(1)]));
    await stores.sql`UPDATE sluice_files SET closed_at = closed_at - interval '1 day'`;
    for (;;) {
      const { files, rows } = await dropOldDetail(stores.sql, 'events', 1_000);
      if (files + rows === 0) break;
    }
    await expectProof();
    expect((await resubmitted(corrections([no, 3, lineOf(2)]))).told).toMatchObject([
      { reason: 'unknown_reject', expected: expect.stringContaining('RETENTION') },
    ]);
  });
});

async function expectProof(): Promise<void> {
  expect([...(await verify(stores.sql)).problems]).toEqual([]);
}
