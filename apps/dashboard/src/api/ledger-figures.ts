import {
  countsOf,
  databaseFigures,
  rangeLatency,
  rangeSums,
  type Sql,
  totals,
  type Waterfall,
  waterfall,
} from '@sluice/ledger';
import type { z } from 'zod';
import { iso } from './route.ts';
import { type overview, stageNames } from './schemas.ts';

type Overview = z.infer<typeof overview>;

/** The parts of an overview that come only from the ledger. None of them counts the rows of the table. */
type LedgerFigures = Pick<Overview, 'totals' | 'inRange' | 'waterfall' | 'database'>;

const MINUTE_MS = 60_000;

export async function ledgerFigures(sql: Sql, from: Date, to: Date): Promise<LedgerFigures> {
  const [sums, types, codes, range, latency, minute, where, table] = await Promise.all([
    totals(sql),
    countsOf(sql, 'event_type'),
    countsOf(sql, 'reject'),
    rangeSums(sql, from),
    rangeLatency(sql, from),
    rangeSums(sql, new Date(to.getTime() - MINUTE_MS)),
    waterfall(sql, from),
    databaseFigures(sql),
  ]);
  const [p50, p95, p99] = latency.percentiles;
  const rows = sums.inserted - sums.undone;
  const { tableBytes, indexBytes } = table;
  return {
    totals: {
      files: {
        all: sums.files,
        closed: sums.closed,
        open: sums.open,
        gone: sums.gone,
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
      latestEventTimestamp: iso(table.latestEvent),
      byEventType: withShares(types),
      tableBytes,
      indexBytes,
      bytesPerRow: rows === 0 ? null : (tableBytes + indexBytes) / rows,
      connections: table.connections,
    },
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
  'waiting for flush': 'from staged to taken into a micro-batch: FLUSH_INTERVAL',
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
