import { readFileSync } from 'node:fs';
import { columnsOf, events, type Field } from '@sluice/core';
import {
  batchesOfFile,
  busySince,
  countsOf,
  databaseFigures,
  FROM_NEWEST,
  findFile,
  forecast,
  KeyTrace,
  LatencyTotals,
  latestRejects,
  ledgerSeries,
  listAudit,
  listConflicts,
  listFiles,
  quarantinedPage,
  rangeLatency,
  rangeSums,
  readSince,
  rejectsOfFile,
  rejectTotals,
  type Sql,
  totals,
  versionsOf,
  waterfall,
} from '@sluice/ledger';
import { mustGoOn, type Servers, withDatabase } from './servers.ts';

/** How large the table must be. */
export interface Fill {
  readonly rows: number;
  readonly fileRows: number;
}

/** How long one of the page's queries took, in ms. */
export interface QueryTime {
  readonly name: string;
  readonly median: number;
  readonly worst: number;
}

/** The longest time that the page's queries may take at the median. */
export const QUERY_GOAL_MS = 100;
const TIMES = 15;
/** The second feed that the ledger is filled with. */
const FEED = 'orders';
const WEEK_MS = 7 * 24 * 3_600_000;

/** Fills a table and its ledger, and times the queries of the dashboard's page one by one, over the longest range. */
export function measureDashboard(servers: Servers, fill: Fill): Promise<QueryTime[]> {
  return withDatabase(servers, async ({ sql }) => {
    servers.say(`filling ${fill.rows} rows in files of ${fill.fileRows}: minutes`);
    await fillTables(sql, fill);
    const times: QueryTime[] = [];
    for (const [name, ask] of Object.entries(await questions(sql))) {
      mustGoOn(servers);
      times.push(await measure(name, ask));
    }
    return times;
  });
}

async function fillTables(sql: Sql, { rows, fileRows }: Fill): Promise<void> {
  const text = readFileSync(new URL('./fill-ledger.sql', import.meta.url), 'utf8');
  const filled = text
    .replaceAll('$columns', columnsOf(events).join(', '))
    .replaceAll('$values', events.fields.map(madeUp).join(', '))
    .replaceAll('$file_rows', String(fileRows))
    .replaceAll('$rows', String(rows));
  const session = await sql.reserve();
  await session`SET statement_timeout = 0`;
  await session`SET maintenance_work_mem = '512MB'`;
  await session.unsafe(filled);
  await session`VACUUM ANALYZE`;
  await session`CHECKPOINT`;
  session.release();
}

const EVENT_TYPES =
  "(ARRAY['view', 'view', 'view', 'click', 'click', 'add_to_cart', 'remove_from_cart', 'wishlist', 'purchase'])[1 + n % 9]";

/** SQL for the value of a field in row number `n`, where `at` is the row's time. */
function madeUp({ name, type }: Field): string {
  if (name === events.countBy) return EVENT_TYPES;
  if (events.key.includes(name)) return 'gen_random_uuid()';
  const values = {
    string: `'${name}_' || n % 9973`,
    date: 'at',
    datetime: 'at',
    integer: 'n % 10',
    number: '(n % 99999) / 100.0',
    boolean: 'n % 2 = 0',
    object: `'{}'`,
    array: `'[]'`,
  };
  return values[type];
}

async function questions(sql: Sql): Promise<Record<string, () => Promise<unknown>>> {
  const week = new Date(Date.now() - WEEK_MS);
  const [last] = await listFiles(sql, { state: 'closed', after: null, limit: 1 });
  const [event] = await sql<{ id: string }[]>`SELECT event_id::text AS id FROM events LIMIT 1`;
  if (last === undefined || event === undefined) throw new Error('the tables were not filled');
  const trace = await KeyTrace.of(sql, events, { event_id: event.id });
  const list = { after: null, limit: 51 };
  const newest = { after: FROM_NEWEST, limit: 51 };
  const latencies = new LatencyTotals(sql);
  return {
    'totals of the ledger': () => totals(sql),
    'rows by event type': () => countsOf(sql, 'event_type'),
    'rejects by reason': () => countsOf(sql, 'reject'),
    'sums of 7 days': () => rangeSums(sql, week),
    'latency of 7 days': () => rangeLatency(sql, week),
    'series of 7 days': () => ledgerSeries(sql, week, 7200),
    'waterfall of 7 days': () => waterfall(sql, week),
    'read in the last minute': () => readSince(sql, new Date(Date.now() - 60_000)),
    'table and connections': () => databaseFigures(sql),
    forecast: () => forecast(sql),
    'since when work goes on': () => busySince(sql, 60_000),
    'files, newest': () => listFiles(sql, list),
    'files by a name that is not there': () => listFiles(sql, { ...list, search: 'nothing' }),
    'files that are gone: none': () => listFiles(sql, { ...list, state: 'gone' }),
    'one file': () => findFile(sql, last.fileNo),
    'its batches': () => batchesOfFile(sql, last.fileNo, 101),
    'its rejects': () => rejectsOfFile(sql, last.fileNo, { afterLine: 0, limit: 51 }),
    'its versions': () => versionsOf(sql, last.name),
    'rejects, newest': () => latestRejects(sql, newest),
    'rejects of one reason': () => latestRejects(sql, { ...newest, reason: 'field_count' }),
    'rejects since an hour ago': () =>
      latestRejects(sql, { ...newest, since: new Date(Date.now() - 3_600_000) }),
    'quarantined files': () => quarantinedPage(sql, null, 51),
    conflicts: () => listConflicts(sql, newest),
    'batch of an event': () => trace.batch(),
    'mentions of an event': () => trace.mentions([[event.id]]),
    audit: () => listAudit(sql, list),
    'one of two feeds: totals': () => totals(sql, FEED),
    'one of two feeds: rows by event type': () => countsOf(sql, 'event_type', FEED),
    'one of two feeds: rejects by reason': () => countsOf(sql, 'reject', FEED),
    'one of two feeds: sums of 7 days': () => rangeSums(sql, week, FEED),
    'one of two feeds: latency of 7 days': () => rangeLatency(sql, week, FEED),
    'one of two feeds: series of 7 days': () => ledgerSeries(sql, week, 7200, FEED),
    'one of two feeds: waterfall of 7 days': () => waterfall(sql, week, FEED),
    'one of two feeds: forecast': () => forecast(sql, FEED),
    'one of two feeds: files, newest': () => listFiles(sql, { ...list, feed: FEED }),
    'one of two feeds: files with duplicates': () =>
      listFiles(sql, { ...list, feed: FEED, state: 'duplicates' }),
    'one of two feeds: rejects, newest': () => latestRejects(sql, { ...newest, feed: FEED }),
    'one of two feeds: rejects since an hour ago': () =>
      latestRejects(sql, { ...newest, feed: FEED, since: new Date(Date.now() - 3_600_000) }),
    'one of two feeds: quarantined files': () => quarantinedPage(sql, null, 51, { feed: FEED }),
    'one of two feeds: conflicts': () => listConflicts(sql, { ...newest, feed: FEED }),
    'metrics: rejects': () => rejectTotals(sql),
    'metrics: histogram, each scrape': () => latencies.read(),
  };
}

async function measure(name: string, ask: () => Promise<unknown>): Promise<QueryTime> {
  // The first queries connect, plan and fill the caches. A page that stays open has already done that.
  for (let i = 0; i < 6; i += 1) await ask();
  const times: number[] = [];
  for (let i = 0; i < TIMES; i += 1) {
    const began = performance.now();
    await ask();
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  return { name, median: times[(TIMES - 1) / 2] ?? 0, worst: times.at(-1) ?? 0 };
}
