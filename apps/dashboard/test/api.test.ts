import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ROUTES } from '../src/api/routes.ts';
import * as schemas from '../src/api/schemas.ts';
import { HEADER, idOf, lineOf, type TestDashboard, testDashboard } from './test-dashboard.ts';

/** What a browser would run, if it were not shown as text. */
const SCRIPT = '<script>alert(1)</script>';

let dashboard: TestDashboard;

async function ask<S extends z.ZodType>(address: string, schema: S): Promise<z.infer<S>> {
  const { status, body } = await dashboard.get(address);
  expect({ address, status, body }).toMatchObject({ address, status: 200 });
  return schema.parse(body);
}

beforeAll(async () => {
  dashboard = await testDashboard();
  const rows = Array.from({ length: 60 }, (_, i) => lineOf(i, { type: i % 3 === 0 ? 'purchase' : 'view' }));
  // 60 rows, one twice in the same chunk, one with another price; and 55 rejects, more than a page.
  const again = [lineOf(1), lineOf(2, { price: '10.10' })];
  const nulls = Array.from({ length: 54 }, () => 'null,view,p,u,2026-01-02 03:04:05,1,1\n');
  dashboard.drop('first.csv', HEADER + [...rows, ...again, ...nulls, 'short,line\n'].join(''));
  dashboard.drop(
    `${SCRIPT.replace('/', '')}.csv`,
    `${HEADER}${lineOf(100, { type: SCRIPT, product: SCRIPT })}`,
  );
  dashboard.drop('broken.csv', 'a,b\n1,2\n');
  await dashboard.load();
});

afterAll(() => dashboard.close());

describe('the overview', () => {
  it('has the figures that SQL finds in the tables', async () => {
    const { totals, inRange, database, waterfall } = await ask('/api/overview?range=15m', schemas.overview);
    const { sql } = dashboard.stores;
    const [table] = await sql`
      SELECT count(*) AS rows, max(event_timestamp) AT TIME ZONE 'UTC' AS latest, pg_table_size('events') AS table_bytes,
             pg_indexes_size('events') AS index_bytes
      FROM events`;
    const [ledger] = await sql`
      SELECT sum(records)::int AS records, sum(inserted)::int AS inserted, sum(duplicates)::int AS duplicates,
             sum(conflicts)::int AS conflicts, sum(rejects)::int AS rejects,
             sum(duplicates_in_chunk)::int AS within FROM sluice_files`;
    const types =
      await sql`SELECT event_type AS name, count(*) AS count FROM events GROUP BY 1 ORDER BY 2 DESC, 1`;
    const codes =
      await sql`SELECT code AS name, count(*) AS count FROM sluice_rejects GROUP BY 1 ORDER BY 2 DESC, 1`;
    const [latency] = await sql`
      SELECT percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY extract(epoch FROM closed_at - landed_at)) AS seconds
      FROM sluice_files`;
    const [batches] = await sql`SELECT count(*) AS commits FROM sluice_commits`;

    expect(ledger).toMatchObject({
      records: 118,
      inserted: 61,
      duplicates: 2,
      conflicts: 1,
      rejects: 55,
      within: 2,
    });
    expect(totals).toMatchObject({
      records: ledger?.records,
      inserted: table?.rows,
      duplicates: { all: 2, withinChunk: 2, ofCommitted: 0, conflicts: ledger?.conflicts },
      rejects: { all: ledger?.rejects, nullEventId: 54 },
      files: { all: 3, closed: 3, open: 0, quarantined: 1 },
      batches: batches?.commits,
    });
    const named = (list: readonly { name: string; count: number }[] | undefined) =>
      list?.map(({ name, count }) => ({ name, count }));
    expect(named(totals?.rejects.byReason)).toEqual([...codes]);
    expect(named(database?.byEventType)).toEqual([...types]);
    expect(database).toMatchObject({
      rows: table?.rows,
      latestEventTimestamp: table?.latest.toISOString(),
      tableBytes: table?.table_bytes,
      indexBytes: table?.index_bytes,
    });
    expect(Object.values(inRange?.latency ?? {})).toEqual(
      latency?.seconds.map((s: number) => expect.closeTo(s, 3)),
    );
    expect(inRange).toMatchObject({ records: ledger?.records, batches: batches?.commits, files: 3 });
    expect(waterfall?.stages.map(({ name }) => name)).toEqual([...schemas.stageNames]);
    expect(waterfall?.stages.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
    expect(waterfall?.stages.find(({ name }) => name === 'committed')?.p95).toBeGreaterThan(0);
  });

  it('says that there is nothing to do but for the quarantined file, and that no worker is needed for that', async () => {
    const doing = async () => (await ask('/api/overview', schemas.overview)).health.doing;
    await expect.poll(doing, { timeout: 10_000 }).toBe('idle');
    const { health, backlog, forecast, servers, fleet } = await ask('/api/overview', schemas.overview);
    expect(health).toMatchObject({ state: 'attention', doing: 'idle', oldestWaitingSeconds: null });
    expect(health.reasons.map(({ level, code }) => [level, code])).toContainEqual([
      'attention',
      'file_quarantined',
    ]);
    expect(backlog).toMatchObject({ files: 0, stagedBytes: 0, stagedRecords: 0 });
    expect(forecast).toMatchObject({ clearsAt: null, workers: 0 });
    expect([servers.postgres.up, servers.redis.up, fleet?.processes]).toEqual([true, true, 0]);
  });
});

describe('the series', () => {
  it.each(schemas.ranges)('of %s sum up to what was committed', async (range) => {
    const series = await ask(`/api/series?range=${range}`, schemas.series);
    const columns = Object.values(series).filter(Array.isArray);
    const lengths = new Set(
      columns.filter((column) => column !== series.marks).map((column) => column.length),
    );
    expect(lengths).toEqual(new Set([series.time.length]));
    const sum = (column: readonly (number | null)[]) =>
      column.reduce<number>((all, rate, i) => {
        const lasted = Math.min(series.stepSeconds, Date.parse(series.to) / 1000 - (series.time[i] ?? 0));
        return all + (rate ?? 0) * Math.max(1, lasted);
      }, 0);
    expect(sum(series.insertedPerSecond)).toBeCloseTo(61);
    expect(sum(series.readPerSecond)).toBeCloseTo(118);
    expect(sum(series.rejectsPerSecond)).toBeCloseTo(55);
    expect(series.insertedPerSecond[0]).toBe(null);
    expect(series.latencyP50.filter((seconds) => seconds !== null).length).toBeGreaterThan(0);
    expect(series.marks.some(({ kind }) => kind === 'flush')).toBe(true);
  });
});

describe('the lists', () => {
  it('find a file by a part of its name, whatever characters it has, and by its state', async () => {
    const names = async (query: string) =>
      (await ask(`/api/files?${query}`, schemas.fileList)).files.map(({ name }) => name);
    expect(await names('search=FIRST')).toEqual(['first.csv']);
    expect(await names('search=%25')).toEqual([]);
    expect(await names(`search=${encodeURIComponent('<script>')}`)).toHaveLength(1);
    expect(await names('state=quarantined')).toEqual(['broken.csv']);
    expect(await names('state=open')).toEqual([]);
    expect(await names('state=duplicates')).toEqual(['first.csv']);
  });

  it('page through the rejects of one file by line, and of all newest first, each reject once', async () => {
    const [file] = (await ask('/api/files?search=first', schemas.fileList)).files;
    const walk = async (query: string): Promise<number[]> => {
      const lines: number[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page: z.infer<typeof schemas.rejectList> = await ask(
          `/api/rejects?${query}${cursor === '' ? '' : `&cursor=${cursor}`}`,
          schemas.rejectList,
        );
        lines.push(...page.rejects.map(({ line }) => line));
        cursor = page.cursor;
      }
      return lines;
    };
    const all = Array.from({ length: 55 }, (_, i) => 64 + i);
    expect(await walk(`file=${file?.fileNo}`)).toEqual(all);
    expect(await walk('')).toEqual(all.toReversed());
    expect(await walk('reason=field_count')).toEqual([118]);
    expect(await walk('since=2026-01-01T00:00:00Z')).toHaveLength(55);
    expect(await walk(`since=${new Date(Date.now() + 60_000).toISOString()}`)).toEqual([]);
  });

  it("show a file's records in balance, its way, its batches and its rejects", async () => {
    const [listed] = (await ask('/api/files?search=first', schemas.fileList)).files;
    const page = await ask(`/api/files/${listed?.fileNo}`, schemas.filePage);
    expect(page.file).toMatchObject({
      records: 117,
      inserted: 60,
      duplicates: 2,
      rejects: 55,
      balanced: true,
    });
    expect(page.timeline[0]).toMatchObject({ name: 'landed', seconds: 0 });
    expect(page.timeline.every(({ seconds }) => seconds >= 0)).toBe(true);
    expect(page.batches.reduce((sum, { records }) => sum + records, 0)).toBe(117);
    expect([page.rejects?.length, page.moreRejects]).toEqual([50, true]);
    expect(await dashboard.get('/api/files/999')).toMatchObject({ status: 404 });
  });

  it('show both contents of a conflict, exactly', async () => {
    const { conflicts } = await ask('/api/conflicts', schemas.conflictList);
    const price = { offered: { price: '10.10' }, kept: { price: '1.50' }, differs: ['price'] };
    expect(conflicts).toMatchObject([{ eventId: idOf(2), line: 63, ...price }]);
  });

  it('say why a file is in quarantine', async () => {
    const { files } = await ask('/api/quarantine', schemas.quarantineList);
    expect(files).toMatchObject([{ name: 'broken.csv', reason: 'header_missing_column', rows: 0 }]);
  });
});

describe('the passport of an event', () => {
  it('leads from the row to the file and the line', async () => {
    const passport = await ask(`/api/events/${idOf(5)}`, schemas.passport);
    expect(passport).toMatchObject({ row: { event_id: idOf(5) }, origin: { file: 'first.csv', line: 7 } });
    expect(await ask(`/api/events/${idOf(999)}`, schemas.passport)).toMatchObject({
      row: null,
      openFiles: 0,
    });
  });
});

describe('without the right to see values', () => {
  it('nobody sees any of a row or a reject, viewer or operator; with it a viewer does', async () => {
    const paths = ['/api/rejects', '/api/files/1', '/api/conflicts', `/api/events/${idOf(2)}`, '/api/audit'];
    const [{ fileNo = 1 } = {}] = (await ask('/api/files?search=first', schemas.fileList)).files;
    paths[1] = `/api/files/${fileNo}`;
    const value = /null,view|short,line|10\.10|1\.50/;
    const seen = async (headers: object) => {
      const bodies = await Promise.all(
        paths.map(async (url) => (await dashboard.app.inject({ url, headers: { ...headers } })).body),
      );
      return bodies.map((body) => value.test(body));
    };
    for (const role of ['viewer', 'operator'] as const) {
      const headers = dashboard.program({ role, values: false });
      expect([role, await seen(headers)]).toEqual([role, [false, false, false, false, false]]);
      const { rejects } = (await dashboard.app.inject({ url: '/api/rejects', headers })).json();
      expect(rejects[0]).toMatchObject({ line: 118, reason: 'field_count', raw: null });
      const { conflicts } = (await dashboard.app.inject({ url: '/api/conflicts', headers })).json();
      expect(conflicts[0]).toMatchObject({ offered: null, kept: null, differs: ['price'] });
    }
    const reader = dashboard.program({ role: 'viewer', values: true });
    expect(await seen(reader)).toEqual([true, true, true, true, false]);
  });
});

describe('what a file holds', () => {
  it('is told as JSON text alone, which no browser takes for a page', async () => {
    const passport = await ask(`/api/events/${idOf(100)}`, schemas.passport);
    expect(passport.row?.event_type).toBe(SCRIPT);
    for (const url of [`/api/events/${idOf(100)}`, '/api/overview', '/api/files', `/api/events/${SCRIPT}`]) {
      const { headers } = await dashboard.app.inject({ url, headers: dashboard.own });
      expect(headers['content-type']).toBe('application/json; charset=utf-8');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['content-security-policy']).toContain("script-src 'self'");
    }
  });
});

describe('the document of the API', () => {
  it('says where the API is, and names and describes each operation, parameter and answer', async () => {
    const described = z.looseObject({ description: z.string().min(10) });
    const document = z.object({
      servers: z.array(described.extend({ url: z.literal('/') })).length(1),
      paths: z.record(
        z.string(),
        z.record(
          z.string(),
          z.object({
            operationId: z.string().regex(/^[a-z]+([A-Z][a-z]+)+$/),
            summary: z.string().min(10),
            parameters: z.array(
              described.extend({ schema: z.looseObject({}).refine((of) => Object.keys(of).length > 0) }),
            ),
            responses: z.record(z.string(), described),
          }),
        ),
      ),
    });
    const { paths } = document.parse((await dashboard.get('/api/openapi.json')).body);
    const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(['getOverview', 'listFiles', 'getFile', 'retryJobs']));
    for (const { responses } of operations)
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(['200', '400', '401', 'default']));
  });

  it('names every route, and what it does not understand is told as it says', async () => {
    const { body } = await dashboard.get('/api/openapi.json');
    const { paths } = z
      .object({ paths: z.record(z.string(), z.record(z.string(), z.looseObject({}))) })
      .parse(body);
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map(
        (method) => [method.toUpperCase(), path.replaceAll(/\{(\w+)\}/g, ':$1')] as const,
      ),
    );
    expect(operations).toHaveLength(ROUTES.length);
    for (const [method, url] of operations) {
      expect([method, url, dashboard.app.hasRoute({ method, url })]).toEqual([method, url, true]);
    }
    for (const [wrong, words] of [
      ['/api/overview?rnage=1h', 'unknown key in the query: "rnage"; known here: range, '],
      ['/api/fleet?x=1&y=2', 'unknown keys in the query: "x", "y"; there are none here'],
      ['/api/openapi.json?x', 'unknown key'],
      ['/metrics?format=json', 'unknown key'],
      ['/readyz?deep', 'unknown key in the query: "deep"; known here: verbose'],
    ] as const) {
      const { status, body: told } = await dashboard.get(wrong);
      expect([wrong, status, schemas.failure.parse(told).error]).toMatchObject([
        wrong,
        400,
        { code: 'bad_request', message: expect.stringContaining(words) },
      ]);
    }
    for (const wrong of [
      '/api/overview?range=1y',
      '/api/files/one',
      '/api/files?cursor=x',
      '/api/files?search=%00',
      '/api/rejects?reason=%00',
      '/api/rejects?cursor=1',
    ]) {
      const { status, body: told } = await dashboard.get(wrong);
      expect([wrong, status, schemas.failure.parse(told).error.code]).toEqual([wrong, 400, 'bad_request']);
    }
  });
});

describe('a method that an address does not answer', () => {
  it.each([
    ['POST', '/api/overview', 'GET, HEAD, OPTIONS'],
    ['DELETE', '/api/files/1', 'GET, HEAD, OPTIONS'],
    ['GET', '/api/actions/retry', 'POST, OPTIONS'],
    ['HEAD', '/api/actions/retry', 'POST, OPTIONS'],
    ['PUT', '/metrics', 'GET, HEAD, OPTIONS'],
    ['POST', '/livez', 'GET, HEAD, OPTIONS'],
    ['PATCH', '/', 'GET, HEAD, OPTIONS'],
    ['TRACE', '/api/openapi.json', 'GET, HEAD, OPTIONS'],
    ['DELETE', '/login', 'GET, HEAD, POST, OPTIONS'],
  ] as const)('is refused with 405: %s %s', async (method, url, allow) => {
    const { own: headers } = dashboard;
    const answer = await dashboard.app.inject({ method: method as 'POST', url, headers });
    expect([answer.statusCode, answer.headers.allow]).toEqual([405, allow]);
    if (method !== 'HEAD') expect(answer.json()).toMatchObject({ error: { code: 'wrong_method' } });
    const options = await dashboard.app.inject({ method: 'OPTIONS', url, headers });
    expect([options.statusCode, options.headers.allow, options.body]).toEqual([204, allow, '']);
  });

  it('is 404 where there is nothing, and HEAD is answered like GET without a body', async () => {
    const { own: headers } = dashboard;
    const nothing = await dashboard.app.inject({ method: 'DELETE', url: '/api/nothing', headers });
    expect(nothing.statusCode).toBe(404);
    const head = await dashboard.app.inject({ method: 'HEAD', url: '/api/files', headers });
    expect([head.statusCode, head.headers['content-type'], head.body]).toEqual([
      200,
      'application/json; charset=utf-8',
      '',
    ]);
  });
});
