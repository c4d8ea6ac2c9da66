import type { Contract } from '@sluice/core';
import {
  countsOf,
  rangeLatency,
  rangeSums,
  type Sql,
  type Totals,
  totals,
  type Waterfall,
  waterfall,
} from '@sluice/ledger';
import type { z } from 'zod';
import { type KnownFeed, tableOf } from './feeds.ts';
import type { Span } from './ranges.ts';
import { iso } from './route.ts';
import { type overview, stageNames } from './schemas.ts';

type Overview = z.infer<typeof overview>;

/** The parts of an overview that come only from the ledger. None of them counts the rows of the table. */
type LedgerFigures = Pick<Overview, 'totals' | 'inRange' | 'waterfall' | 'database'>;

const MINUTE_MS = 60_000;

/**
 * @param feeds those that the figures are of
 * @param feed the one that was asked for; null: all
 */
export async function ledgerFigures(
  sql: Sql,
  feeds: readonly KnownFeed[],
  feed: string | null,
  { from, to, fixed }: Span,
): Promise<LedgerFigures> {
  const end = fixed ? to : null;
  const [sums, codes, range, latency, minute, where, database] = await Promise.all([
    totals(sql, feed),
    countsOf(sql, 'reject', feed),
    rangeSums(sql, from, feed, end),
    rangeLatency(sql, from, feed, end),
    rangeSums(sql, new Date(Date.now() - MINUTE_MS), feed),
    waterfall(sql, from, feed, end),
    tablesOf(sql, feeds),
  ]);
  const [p50, p95, p99] = latency.percentiles;
  const rows = sums.inserted - sums.undone;
  const rejects = sumOf(codes);
  const [only] = feeds.length === 1 ? feeds : [];
  const { tableBytes, indexBytes } = database;
  return {
    totals: {
      files: {
        all: sums.files,
        closed: sums.closed,
        complete: sums.closed - sums.quarantined - sums.same - sums.undoneFiles,
        open: sums.open,
        gone: sums.gone,
        held: sums.held,
        quarantined: sums.quarantined,
        same: sums.same,
        undone: sums.undoneFiles,
      },
      records: sums.records,
      inserted: sums.inserted,
      undone: sums.undone,
      duplicates: {
        all: sums.duplicates,
        withinChunk: sums.duplicatesInChunk,
        ofCommitted: sums.duplicates - sums.duplicatesInChunk,
        conflicts: sums.conflicts,
      },
      rejects: {
        all: rejects,
        nullEventId: codes.find(({ name }) => name === 'null_event_id')?.count ?? 0,
        byReason: withShares(codes),
        // Fewer than none: between two of the questions another one was committed.
        readAgain: Math.max(0, sums.rejects - rejects),
      },
      batches: sums.batches,
      lastCommit: iso(sums.lastCommit),
    },
    inRange: {
      from: iso(from),
      to: iso(to),
      ...range,
      files: latency.files,
      latency: { p50, p95, p99 },
    },
    waterfall: where === undefined ? null : shown(where),
    database: {
      rows,
      rowsPerSecond: (minute.inserted * 1000) / MINUTE_MS,
      bytesPerRow:
        rows === 0 || tableBytes === null || indexBytes === null ? null : (tableBytes + indexBytes) / rows,
      ...database,
      byEventType:
        only === undefined ? database.byEventType : addingUp(database.byEventType, rows, sums, only.contract),
    },
  };
}

/**
 * Adds what is counted under no name: rows without a value, and what an undo of an earlier version of Sluice has removed without noting
 * the names. Any other difference is only a commit between two of the questions.
 */
function addingUp(
  counts: Tables['byEventType'],
  rows: number,
  { undone }: Totals,
  { countBy, fields }: Contract,
): Tables['byEventType'] {
  const rest = rows - sumOf(counts);
  const always = fields.find(({ name }) => name === countBy)?.constraints.required === true;
  if (rest > 0 && countBy !== null && !always)
    return withShares([...counts, { name: 'without a value', count: rest }]);
  return rest < 0 && undone > 0 ? withShares([...counts, { name: 'undone since', count: rest }]) : counts;
}

type Tables = Omit<NonNullable<Overview['database']>, 'rows' | 'rowsPerSecond' | 'bytesPerRow'>;

/** The figures of the table of one feed, or the sums of the tables of several. */
async function tablesOf(sql: Sql, feeds: readonly KnownFeed[]): Promise<Tables> {
  const [only] = feeds.length === 1 ? feeds : [];
  const tables = (await Promise.all(feeds.map((feed) => tableOf(sql, feed)))).filter((one) => one !== null);
  const sum = (of: 'tableBytes' | 'indexBytes') =>
    tables.length === 0 ? null : tables.reduce((all, one) => all + one[of], 0);
  const sizes = {
    tableBytes: sum('tableBytes'),
    indexBytes: sum('indexBytes'),
    connections: tables[0]?.connections ?? null,
  };
  if (only === undefined) {
    const rows = await Promise.all(
      feeds.map(async ({ feed }) => {
        const { inserted, undone } = await totals(sql, feed);
        return { name: feed, count: inserted - undone };
      }),
    );
    const counted = withShares(rows.sort((a, b) => b.count - a.count));
    return {
      ...sizes,
      table: null,
      time: null,
      latestEventTimestamp: null,
      countBy: 'feed',
      byEventType: counted,
    };
  }
  const { table, time, countBy } = only.contract;
  const counted = countBy === null ? [] : withShares(await countsOf(sql, 'event_type', only.feed));
  return {
    ...sizes,
    table,
    time,
    latestEventTimestamp: iso(tables[0]?.latestEvent ?? null),
    countBy,
    byEventType: counted,
  };
}

function sumOf(counts: readonly { count: number }[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0);
}

function withShares(counts: readonly { name: string; count: number }[]) {
  const all = sumOf(counts);
  return counts.map(({ name, count }) => ({ name, count, share: all === 0 ? 0 : count / all }));
}

/** Where each stage begins and ends. */
const ABOUT: Readonly<Record<(typeof stageNames)[number], string>> = {
  landed: 'from landed to stable: STABLE_FOR',
  stable: 'from stable to registered: the watcher finds it',
  queued: 'from registered until a worker reads its beginning',
  reading: 'from its beginning to this chunk of it',
  parsed: 'from parsed to staged: room in staging',
  'waiting for flush': 'from staged to taken into a micro-batch: FLUSH_INTERVAL, FLUSH_WHEN_IDLE',
  committed: 'from taken to committed: the insert',
};

function shown({ chunks, sampled, means, spreads }: Waterfall): Overview['waterfall'] {
  const least = (seconds: number | undefined) => Math.max(0, seconds ?? 0);
  const medians = spreads.map(([median]) => least(median));
  const sumOfMedians = medians.reduce((sum, median) => sum + median, 0);
  const all = means.reduce((sum, mean) => sum + least(mean), 0);
  const stages = stageNames.map((name, i) => ({
    name,
    about: ABOUT[name],
    median: medians[i] ?? 0,
    p95: least(spreads[i]?.[1]),
    share: sumOfMedians === 0 ? 0 : (medians[i] ?? 0) / sumOfMedians,
    shareOfAll: all === 0 ? 0 : least(means[i]) / all,
  }));
  const most = (of: 'share' | 'shareOfAll') => {
    const stage = stages.reduce((one, other) => (other[of] > one[of] ? other : one));
    return stage[of] === 0 ? null : stage.name;
  };
  return { stages, dominant: most('share'), dominantOfAll: most('shareOfAll'), chunks, sampled };
}
