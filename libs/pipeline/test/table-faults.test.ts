import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { columnsOf, events, type FileNo } from '@sluice/core';
import { findRefusedRows, openFiles, PostgresFailure, totals, verify } from '@sluice/ledger';
import { createLogger, loadConfig } from '@sluice/process';
import { tempFolder } from '@sluice/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeStores, commit, type FeedStores, flush, openStores, parse, recover } from '../src/index.ts';
import { resubmit } from '../src/without-redis.ts';
import { dropFile, type TestPipeline, tableLines, testPipeline } from './load.ts';

const header = columnsOf(events).join(',');
const idOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const lineOf = (n: number, type = 'view') => `${idOf(n)},${type},p,u,2026-01-01 00:00:00,1,1.00`;

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

/** Stages a file of these lines. */
async function stage(name: string, lines: readonly string[], by = stores): Promise<FileNo> {
  dropFile(pipeline.source, name, `${[header, ...lines].join('\n')}\n`);
  await recover(by);
  let last = 0 as FileNo;
  for (const { fileNo, name: file } of await openFiles(by.sql, 0, 100)) {
    await parse({ v: 1, file_no: fileNo, file }, new Date(), by, new AbortController().signal);
    last = fileNo;
  }
  await flush('all', by);
  return last;
}

/** Commits the batches that wait, as a worker does; they stay when that fails. */
async function commitAll(by = stores): Promise<void> {
  for (const batch of await by.staging.openBatches()) {
    await commit(batch, by);
    await by.queues.board().insert.remove(batch.id);
  }
}

async function failureOf(work: Promise<unknown>): Promise<PostgresFailure> {
  const failure = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure instanceof PostgresFailure) return failure;
  throw new Error(`no failure of PostgreSQL, but ${failure}`);
}

/** Nothing is booked: no row, no duplicate, no reject, no commit; and the proof does not hold while the file waits. */
async function expectNothing(): Promise<void> {
  const { inserted, duplicates, rejects, records, batches } = await totals(pipeline.sql);
  expect({ inserted, duplicates, rejects, records, batches }).toEqual({
    ...{ inserted: 0, duplicates: 0, rejects: 0, records: 0, batches: 0 },
  });
  expect((await verify(pipeline.sql)).problems).toMatchObject([{ problem: 'open', name: 'a.csv' }]);
}

async function expectAll(lines: readonly string[]): Promise<void> {
  expect(new Set((await tableLines(pipeline.sql)).values())).toEqual(new Set(lines));
  expect(await totals(pipeline.sql)).toMatchObject({ inserted: lines.length, duplicates: 0, rejects: 0 });
  expect((await verify(pipeline.sql)).problems).toEqual([]);
}

const trigger = (body: string, when = 'BEFORE') => `
  CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body} END $$;
  CREATE TRIGGER meddle ${when} INSERT ON events FOR EACH ROW EXECUTE FUNCTION meddle()`;
const noTrigger = 'DROP TRIGGER meddle ON events';
const secured = 'ALTER TABLE events ENABLE ROW LEVEL SECURITY';
const unsecured = 'ALTER TABLE events DISABLE ROW LEVEL SECURITY';
const leftOut =
  /^PostgreSQL failed: SQLSTATE SL002: the table events left out \w+ rows? that (is|are) not in it \(.*line \d+ of file 1\)/;

const partitioned = (by: string, parts: string) => `
  ALTER TABLE events RENAME TO plain;
  CREATE TABLE events (LIKE plain INCLUDING DEFAULTS, PRIMARY KEY (event_id)) PARTITION BY ${by};
  ${parts}`;

const faults: [what: string, set: string, sqlstate: string, message: RegExp, remedy: string][] = [
  ['a trigger that returns NULL', trigger('RETURN NULL;'), 'SL002', leftOut, noTrigger],
  [
    'a trigger that returns NULL for one row of many',
    trigger(`IF NEW.event_id = '${idOf(3)}' THEN RETURN NULL; END IF; RETURN NEW;`),
    'SL002',
    /left out a row that is not in it \(line 4 of file 1\)/,
    noTrigger,
  ],
  [
    'a trigger that changes the key',
    trigger('NEW.event_id = gen_random_uuid(); RETURN NEW;'),
    'SL002',
    leftOut,
    noTrigger,
  ],
  [
    'a trigger that puts the row into a child table',
    `CREATE TABLE child () INHERITS (events); ${trigger('INSERT INTO child VALUES (NEW.*); RETURN NULL;')}`,
    'SL002',
    leftOut,
    noTrigger,
  ],
  [
    'a rule',
    'CREATE RULE meddle AS ON INSERT TO events DO INSTEAD NOTHING',
    '0A000',
    /SQLSTATE 0A000: .* "events". Sluice cannot insert through a rule: drop it/,
    'DROP RULE meddle ON events',
  ],
  [
    'row security without a policy',
    secured,
    '42501',
    /new row violates row-level security policy for table "events"/,
    unsecured,
  ],
  [
    'a policy that takes rows and hides them',
    `${secured}; CREATE POLICY take ON events FOR INSERT WITH CHECK (true);
     CREATE POLICY hide ON events FOR SELECT USING (false)`,
    '42501',
    /new row violates row-level security policy for table "events"/,
    unsecured,
  ],
  [
    'a missing partition',
    partitioned(
      'HASH (event_id)',
      'CREATE TABLE part PARTITION OF events FOR VALUES WITH (MODULUS 2, REMAINDER 0)',
    ),
    '23514',
    /^PostgreSQL failed: SQLSTATE 23514 \(check_violation\) on events: the table has no partition for a row/,
    'CREATE TABLE other PARTITION OF events FOR VALUES WITH (MODULUS 2, REMAINDER 1)',
  ],
];

/** A role that row security holds for. Roles are of the whole server, so its name is its database's. */
async function asRole(): Promise<{ stores: FeedStores; drop: () => Promise<void> }> {
  const url = new URL(pipeline.env.DATABASE_URL ?? '');
  const role = `clerk_${url.pathname.slice(1)}`;
  await pipeline.sql.unsafe(`CREATE ROLE ${role} LOGIN PASSWORD 'test';
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`);
  [url.username, url.password] = [role, 'test'];
  const drop = async () => {
    await pipeline.sql.unsafe(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  };
  return { stores: open({ DATABASE_URL: url.href }), drop };
}

describe('a table that leaves rows out', () => {
  const lines = Array.from({ length: 12 }, (_, i) => lineOf(i + 1));

  it.each(faults)('by %s: nothing is booked, and all is loaded once it is put right (I7)', async (...o) => {
    const [, set, sqlstate, message, remedy] = o;
    await pipeline.sql.unsafe(set);
    const { stores: role, drop } = await asRole();
    await stage('a.csv', lines, role);
    const failure = await failureOf(commitAll(role));
    expect(failure).toMatchObject({ kind: 'fault', sqlstate, message: expect.stringMatching(message) });
    expect(failure.message).not.toContain('2026');
    await expectNothing();
    await pipeline.sql.unsafe(remedy);
    await commitAll(role);
    await expectAll(lines);
    await drop();
  });

  it('beside a row that PostgreSQL refuses: no good row becomes a reject (I9)', async () => {
    await pipeline.sql.unsafe(`ALTER TABLE events ADD CONSTRAINT no_wishes CHECK (event_type <> 'wish')`);
    await pipeline.sql.unsafe(
      trigger(`IF NEW.event_id = '${idOf(3)}' THEN RETURN NULL; END IF; RETURN NEW;`),
    );
    await stage('a.csv', [...lines, lineOf(20, 'wish')]);
    expect(await failureOf(commitAll())).toMatchObject({ kind: 'fault', sqlstate: 'SL002' });
    await expectNothing();
    await pipeline.sql.unsafe(noTrigger);
    await commitAll();
    expect(await totals(pipeline.sql)).toMatchObject({ inserted: 12, duplicates: 0, rejects: 1 });
    expect((await verify(pipeline.sql)).problems).toEqual([]);
  });

  it('by hiding the row that is there: a duplicate of a hidden row is none, until it can be seen', async () => {
    await stage('before.csv', [lineOf(1, 'secret')]);
    await commitAll();
    await pipeline.sql.unsafe(`${secured}; CREATE POLICY take ON events FOR INSERT WITH CHECK (true);
      CREATE POLICY hide ON events FOR SELECT USING (event_type <> 'secret')`);
    const { stores: role, drop } = await asRole();
    await stage('a.csv', lines, role);
    expect(await failureOf(commitAll(role))).toMatchObject({ kind: 'fault', sqlstate: 'SL002' });
    expect((await verify(pipeline.sql)).problems).toMatchObject([{ problem: 'open', name: 'a.csv' }]);
    await pipeline.sql.unsafe(unsecured);
    await commitAll(role);
    expect(await totals(pipeline.sql)).toMatchObject({ inserted: 12, duplicates: 1, conflicts: 1 });
    expect((await verify(pipeline.sql)).problems).toEqual([]);
    await drop();
  });

  it('is told row by row when the records of a failed batch are tried', async () => {
    await pipeline.sql.unsafe(
      trigger(`IF NEW.event_id = '${idOf(3)}' THEN RETURN NULL; END IF; RETURN NEW;`),
    );
    const rows = [1, 2, 3, 3].map((n, line) => ({
      fileNo: 1 as FileNo,
      row: {
        ...{ sluice_line: line, event_id: idOf(n), event_type: 'view', product_id: 'p', user_id: 'u' },
        ...{ event_timestamp: '2026-01-01 00:00:00', quantity: null, price: null },
      },
    }));
    const refused = await findRefusedRows(pipeline.sql, rows, { anyFailure: true });
    expect([...refused].map(([index, { sqlstate }]) => [index, sqlstate])).toEqual([
      [2, 'SL002'],
      [3, 'SL002'],
    ]);
    expect(await failureOf(findRefusedRows(pipeline.sql, rows))).toMatchObject({
      kind: 'fault',
      sqlstate: 'SL002',
    });
  });

  it('takes no corrected reject as a duplicate either, loaded or only tried', async () => {
    const file = await stage('a.csv', [lineOf(1).replace('view', '')]);
    await commitAll();
    await pipeline.sql.unsafe(trigger('RETURN NULL;'));
    const path = join(tempFolder(), 'fixed.csv');
    writeFileSync(path, `file_no,line,${header}\n${file},2,${lineOf(1)}\n`);
    const again = (dryRun: boolean) =>
      resubmit(path, { dryRun, stopping: new AbortController().signal, onProblem: () => undefined }, stores);
    for (const dryRun of [true, false]) {
      expect(await failureOf(again(dryRun))).toMatchObject({
        kind: 'fault',
        sqlstate: 'SL002',
        message: expect.stringContaining(`left out a row that is not in it (line 2 of file ${file})`),
      });
    }
    expect(await totals(pipeline.sql)).toMatchObject({ inserted: 0, duplicates: 0, rejects: 1 });
    await pipeline.sql.unsafe(noTrigger);
    expect(await again(false)).toMatchObject({ inserted: 1, problems: 0 });
    expect((await verify(pipeline.sql)).problems).toEqual([]);
  });
});

describe('a table with more to it that takes every row', () => {
  const lines = [lineOf(1), lineOf(2)];

  it('may change other columns in a trigger', async () => {
    await pipeline.sql.unsafe(trigger(`NEW.event_type = 'changed'; RETURN NEW;`));
    await stage('a.csv', lines);
    await commitAll();
    await expectAll([lineOf(1, 'changed'), lineOf(2, 'changed')]);
  });

  it('may be partitioned by event_id', async () => {
    await pipeline.sql.unsafe(
      partitioned(
        'HASH (event_id)',
        [0, 1]
          .map(
            (n) => `CREATE TABLE part${n} PARTITION OF events FOR VALUES WITH (MODULUS 2, REMAINDER ${n});`,
          )
          .join('\n'),
      ),
    );
    await stage('a.csv', [...lines, lineOf(1, 'click')]);
    await stage('b.csv', lines);
    await commitAll();
    expect(await totals(pipeline.sql)).toMatchObject({ inserted: 2, duplicates: 3, conflicts: 1 });
    expect((await verify(pipeline.sql)).problems).toEqual([]);
  });
});
