import {
  countsOf,
  rangeLatency,
  rangeSums,
  type Sql,
  totals,
  type Waterfall,
  waterfall,
} from '@sluice/ledger';
import type { z } from 'zod';
import { type KnownFeed, tableOf } from './feeds.ts';
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
  from: Date,
  to: Date,
): Promise<LedgerFigures> {
  const [sums, codes, range, latency, minute, where, database] = await Promise.all([
    totals(sql, feed),
    countsOf(sql, 'reject', feed),
    rangeSums(sql, from, feed),
    rangeLatency(sql, from, feed),
    rangeSums(sql, new Date(to.getTime() - MINUTE_MS), feed),
    waterfall(sql, from, feed),
    tablesOf(sql, feeds),
  ]);
  const [p50, p95, p99] = latency.percentiles;
  const rows = sums.inserted - sums.undone;
  const { tableBytes, indexBytes } = database;
  return {
    totals: {
      files: {
        all: sums.files,
        closed: sums.closed,
        open: sums.open,
        gone: sums.gone,
        held: sums.held,
        quarantined: sums.quarantined,
        same: sums.same,
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
        all: sums.rejects,
        nullEventId: codes.find(({ name }) => name === 'null_event_id')?.count ?? 0,
        byReason: withShares(codes),
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
    },
  };
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

function withShares(counts: readonly { name: string; count: number }[]) {
  const all = counts.reduce((sum, { count }) => sum + count, 0);
  return counts.map(({ name, count }) => ({ name, count, share: all === 0 ? 0 : count / all }));
}

/** Where each stage begins and ends. */
const ABOUT: Readonly<Record<(typeof stageNames)[number], string>> = {
  landed: 'from landed to stable: STABLE_FOR',
  stable: 'from stable to queued: found and registered',
  queued: 'from queued to parsed: waits for a worker, then is read',
  parsed: 'from parsed to staged: room in staging',
  'waiting for flush': 'from staged to taken into a micro-batch: FLUSH_INTERVAL, FLUSH_WHEN_IDLE',
  committed: 'from taken to committed: the insert',
};

function shown({ chunks, sampled, means, spreads }: Waterfall): Overview['waterfall'] {
  const least = (seconds: number | undefined) => Math.max(0, seconds ?? 0);
  const all = means.reduce((sum, mean) => sum + least(mean), 0);
  const stages = stageNames.map((name, i) => ({
    name,
    about: ABOUT[name],
    median: least(spreads[i]?.[0]),
    p95: least(spreads[i]?.[1]),
    share: all === 0 ? 0 : least(means[i]) / all,
  }));
  const dominant = stages.reduce((most, stage) => (stage.share > most.share ? stage : most));
  return { stages, dominant: all === 0 ? null : dominant.name, chunks, sampled };
}
