import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Chunk, DEFAULT_RULES, events, type FileNo, Rows, type Token } from '@sluice/core';
import {
  type Commit,
  closedContents,
  commitBatch,
  connectPostgres,
  countsOf,
  dropOldAudit,
  dropOldDetail,
  encodeChunk,
  findVersions,
  registerVersions,
  type Sql,
  totals,
  verify,
} from '@sluice/ledger';
import { createLogger, loadConfig } from '@sluice/process';
import { tempFolder, testLedger, testRedis, waitFor } from '@sluice/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { closeStores, openStores } from '../src/index.ts';
import { retain } from '../src/load/retention.ts';
import { closedFiles, countOf, dropFiles, nothingExpected, tableLines, testPipeline } from './load.ts';

let databaseUrl: string;
let close: () => Promise<void> = async () => undefined;

afterEach(() => close());

const HOUR = 3_600_000;
const TIMES = { queuedAt: new Date().toISOString(), parsedAt: new Date().toISOString() };

async function ledgerOfOurOwn(): Promise<Sql> {
  const database = await testLedger();
  databaseUrl = database.url;
  const sql = connectPostgres(database.url, 'test');
  close = async () => {
    await sql.end();
    await database.drop();
  };
  return sql;
}

/** Declares feeds with these words in `load`. */
function feedsWith(cwd: string, loads: Readonly<Record<string, string>>): void {
  const folder = join(cwd, 'config/feeds');
  mkdirSync(folder, { recursive: true });
  for (const [name, load] of Object.entries(loads)) {
    const schema = 'schema: { primaryKey: id, fields: [{ name: id, constraints: { required: true } }] }';
    writeFileSync(join(folder, `${name}.yaml`), `feed: ${name}\nload: ${load}\n${schema}\n`);
  }
}

const RULES = { ...DEFAULT_RULES, chunkRows: 2 };

async function register(sql: Sql, name: string): Promise<FileNo> {
  const file = { name, token: `1-${name.length}-1` as Token };
  await registerVersions(
    sql,
    [{ ...file, changedAt: null, landedAt: new Date(), stableAt: new Date(), same: null }],
    RULES,
  );
  const [known] = await findVersions(sql, [file]);
  if (known === undefined) throw new Error(`${name} is not registered`);
  return known.fileNo;
}

/** Two chunks of a file: three rows, one of them with an id of its own choice, and one reject. */
function chunksOf(fileNo: FileNo, shared: string = randomUUID()): readonly [string, string] {
  const row = (line: number, event_type: string, event_id: string = randomUUID()) => ({
    ...{ sluice_line: line, event_id, event_type, product_id: `p${line}`, user_id: 'u' },
    ...{ event_timestamp: '2026-01-01 00:00:00', quantity: fileNo, price: null },
  });
  const encode = (chunk: Chunk) =>
    encodeChunk({ fileNo, contractNo: null }, chunk, TIMES)(new Date().toISOString());
  const reject = {
    line: 4,
    last_line: 4,
    col: 'price',
    code: 'price_format',
    expected: 'a number',
    raw: 'x',
  };
  return [
    encode({
      firstLine: 1,
      lastLine: 3,
      rows: Rows.of(events, [row(2, 'click'), row(3, 'view', shared)]),
      rejects: [],
      header: null,
      strayQuotes: null,
      eof: null,
    }),
    encode({
      ...{
        firstLine: 4,
        lastLine: 5,
        rows: Rows.of(events, [row(5, 'click')]),
        rejects: [reject] as Chunk['rejects'],
      },
      header: null,
      strayQuotes: null,
      eof: { total: 4, contentHash: `hash ${fileNo}`, quarantine: null },
    }),
  ];
}

const commit = (sql: Sql, chunks: readonly string[]): Promise<Commit> =>
  commitBatch(sql, randomUUID(), chunks);

/** As if everything so far had happened so many hours earlier. */
async function letPass(sql: Sql, hours: number): Promise<void> {
  const ago = `${hours} hours`;
  await sql`UPDATE sluice_files SET closed_at = closed_at - ${ago}::interval`;
  await sql`UPDATE sluice_chunks SET committed_at = committed_at - ${ago}::interval`;
  await sql`UPDATE sluice_commits SET committed_at = committed_at - ${ago}::interval`;
}

async function dropAll(sql: Sql): Promise<void> {
  for (;;) {
    const { files, rows, commits } = await dropOldDetail(sql, 'events', HOUR);
    if (files + rows + commits === 0) return;
  }
}

async function detailOf(sql: Sql): Promise<Record<string, number>> {
  const [row] = await sql<Record<string, number>[]>`
    SELECT (SELECT count(*) FROM sluice_chunks) AS chunks, (SELECT count(*) FROM sluice_rejects) AS rejects,
           (SELECT count(*) FROM sluice_conflicts) AS conflicts, (SELECT count(*) FROM sluice_commits) AS commits`;
  return { ...row };
}

const sums = async (sql: Sql) => {
  const { lastCommit: _, oldestOpen: __, ...rest } = await totals(sql);
  return [rest, [...(await countsOf(sql, 'event_type'))], [...(await countsOf(sql, 'reject'))]];
};

describe('retention', () => {
  it('drops the detail of old closed files and nothing else: what was loaded, and all sums, stay; verify is clean', async () => {
    const sql = await ledgerOfOurOwn();
    const shared = randomUUID();
    for (const name of ['a.csv', 'bb.csv']) {
      for (const chunk of chunksOf(await register(sql, name), shared)) await commit(sql, [chunk]);
    }
    const open = chunksOf(await register(sql, 'open.csv'));
    await commit(sql, [open[0]]);
    await letPass(sql, 2);
    const young = await register(sql, 'young1.csv');
    await commit(sql, chunksOf(young));
    const before = await sums(sql);
    expect(await detailOf(sql)).toEqual({ chunks: 7, rejects: 3, conflicts: 1, commits: 6 });

    await dropAll(sql);
    expect(await detailOf(sql)).toEqual({ chunks: 3, rejects: 1, conflicts: 0, commits: 2 });
    expect(await sums(sql)).toEqual(before);
    const problems = (await verify(sql)).problems;
    expect(problems.map(({ problem, name }) => [problem, name])).toEqual([['open', 'open.csv']]);
    expect((await closedContents(sql, ['a.csv'])).get('a.csv')?.size).toBe(1);

    await commit(sql, [open[1]]);
    await letPass(sql, 2);
    const all = await sums(sql);
    await dropAll(sql);
    expect(await detailOf(sql)).toEqual({ chunks: 0, rejects: 0, conflicts: 0, commits: 1 });
    expect(await sums(sql)).toEqual(all);
    expect([...(await verify(sql)).problems]).toEqual([]);
  });

  it('keeps I3: a zombie that brings an old chunk again inserts nothing, also in a batch with a new file', async () => {
    const sql = await ledgerOfOurOwn();
    const old = chunksOf(await register(sql, 'a.csv'));
    await commit(sql, old);
    await letPass(sql, 2);
    await dropAll(sql);
    expect(await commit(sql, old)).toMatchObject({ chunks: 0, records: 0, closed: [] });
    const young = chunksOf(await register(sql, 'bb.csv'));
    expect(await commit(sql, [...old, ...young])).toMatchObject({ chunks: 2, inserted: 3, rejects: 1 });
    expect(await countOf(sql, 'events')).toBe(6);
    expect([...(await verify(sql)).problems]).toEqual([]);
  });

  it('keeps I3 when the zombie comes just while the claims are going', async () => {
    const sql = await ledgerOfOurOwn();
    const fileNo = await register(sql, 'a.csv');
    const old = chunksOf(fileNo);
    await commit(sql, old);
    await sql.begin(async (retention) => {
      await retention`UPDATE sluice_files SET detail_state = 'dropping' WHERE file_no = ${fileNo}`;
      await retention`DELETE FROM sluice_rejects WHERE file_no = ${fileNo}`;
      await retention`DELETE FROM sluice_chunks WHERE file_no = ${fileNo}`;
      // The file is closed, which is why it need not wait for the claims that are going.
      expect(await commit(sql, old)).toMatchObject({ chunks: 0, records: 0, closed: [] });
    });
    expect(await commit(sql, old)).toMatchObject({ chunks: 0, records: 0, closed: [] });
    expect([...(await verify(sql)).problems]).toEqual([]);
  });

  it('goes on after a crash at any step, and two at once do no harm', async () => {
    const sql = await ledgerOfOurOwn();
    for (let i = 1; i <= 30; i += 1) await commit(sql, chunksOf(await register(sql, `${'f'.repeat(i)}.csv`)));
    await letPass(sql, 2);
    const before = await sums(sql);
    await sql`UPDATE sluice_files SET detail_state = 'dropping' WHERE file_no <= 10`;
    await sql`DELETE FROM sluice_chunks WHERE file_no <= 5`;
    expect([...(await verify(sql)).problems]).toEqual([]);
    await Promise.all([dropAll(sql), dropAll(sql), dropAll(sql)]);
    await dropAll(sql);
    expect(await detailOf(sql)).toEqual({ chunks: 0, rejects: 0, conflicts: 0, commits: 1 });
    expect(await sums(sql)).toEqual(before);
    expect([...(await verify(sql)).problems]).toEqual([]);
  });

  it('forgets the audit of that age, and no younger one', async () => {
    const sql = await ledgerOfOurOwn();
    await sql`
      INSERT INTO sluice_audit (action, subject, detail, done_by, done_at)
      SELECT 'undo', age || ' h', '{}', 'me', now() - age * interval '1 hour' FROM generate_series(1, 4) AS age`;
    while ((await dropOldAudit(sql, 2.5 * HOUR)) > 0);
    const left = await sql<{ subject: string }[]>`SELECT subject FROM sluice_audit ORDER BY 1`;
    expect(left.map(({ subject }) => subject)).toEqual(['1 h', '2 h']);
  });

  it('keeps the detail of each feed as long as the feed says, or else as RETENTION says, as it does for the audit', async () => {
    const sql = await ledgerOfOurOwn();
    const cwd = tempFolder();
    feedsWith(cwd, { brief: '{ retention: 1h }', kept: '{ retention: keep }', other: '{}' });
    for (const feed of ['brief', 'events', 'kept', 'other']) {
      await commit(sql, chunksOf(await register(sql, `${feed}.csv`)));
      await sql`INSERT INTO sluice_feeds (feed, contract_no) VALUES (${feed}, 1) ON CONFLICT DO NOTHING`;
      await sql`UPDATE sluice_files SET feed = ${feed} WHERE name = ${`${feed}.csv`}`;
      await sql`UPDATE sluice_commits SET feed = ${feed} WHERE commit_no = (SELECT max(commit_no) FROM sluice_commits)`;
    }
    const redis = testRedis();
    const env = { DATABASE_URL: databaseUrl, REDIS_URL: redis.url, REDIS_PREFIX: redis.prefix };
    const stores = openStores(
      'test',
      loadConfig({ env: { ...env, RETENTION: '1d' }, cwd }),
      createLogger('test', 'silent'),
      'fail',
    );
    try {
      await stores.feeds.refresh();
      const left = async () => {
        while ((await retain(stores)).more);
        const rows = await sql<{ feed: string }[]>`
          SELECT DISTINCT feed FROM sluice_chunks JOIN sluice_files USING (file_no)
          UNION ALL SELECT subject FROM sluice_audit ORDER BY 1`;
        return rows.map(({ feed }) => feed);
      };
      await sql`
        INSERT INTO sluice_audit (action, subject, detail, done_by, done_at)
        SELECT 'undo', 'entry of ' || age || ' h', '{}', 'me', now() - age * interval '1 hour' FROM unnest(ARRAY[2, 26]) AS age`;
      await letPass(sql, 2);
      expect(await left()).toEqual(['entry of 2 h', 'events', 'kept', 'other']);
      await letPass(sql, 24);
      expect(await left()).toEqual(['entry of 2 h', 'kept']);
      expect([...(await verify(sql)).problems]).toEqual([]);
    } finally {
      await closeStores(stores);
    }
  });

  it('is a job of the workers, only where RETENTION is set', async () => {
    const pipeline = await testPipeline();
    close = pipeline.close;
    const { sql, fleet, source } = pipeline;
    const expected = nothingExpected();
    dropFiles(source, 5, 21, expected);
    fleet.start('watcher');
    const keeping = fleet.start('worker');
    await waitFor(async () => (await closedFiles(sql)) >= 5, { what: 'five complete files' });
    await letPass(sql, 2);
    await fleet.stop();
    expect(keeping.lines('dropped detail past its retention')).toEqual([]);
    expect(await countOf(sql, 'sluice_chunks')).toBeGreaterThan(0);

    fleet.start('worker', [], { RETENTION: '1h' });
    await waitFor(async () => (await countOf(sql, 'sluice_chunks')) === 0, {
      what: 'the detail to be dropped',
    });
    expect(await tableLines(sql)).toEqual(expected.lines);
    expect([...(await verify(sql)).problems]).toEqual([]);
  });
});
