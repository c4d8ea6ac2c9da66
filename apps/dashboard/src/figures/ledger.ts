import { events, rejectTexts } from '@sluice/core';
import {
  databaseFigures,
  LATENCY_BOUNDS,
  type LatencyHistogram,
  type LatencyTotals,
  rejectTotals,
  totals,
} from '@sluice/ledger';
import type { Metrics } from '@sluice/process';
import type { Dashboard } from '../dashboard.ts';
import { Figures } from './figure.ts';

/** The figures from the ledger and the database. */
export async function ledgerFigures(
  metrics: Metrics,
  latencies: LatencyTotals,
  { servers, stores: { sql } }: Dashboard,
): Promise<void> {
  const asked = await servers.askOrNull('postgres', () =>
    Promise.all([totals(sql), rejectTotals(sql), latencies.read(), databaseFigures(sql)]),
  );
  if (asked === null) return;
  const [sums, rejects, latency, table] = asked;
  const figures = new Figures(metrics);
  const { closed, open, gone, quarantined, same } = sums;
  figures.counter('sluice_records_total', 'Records read from files and committed', sums.records);
  figures.counter('sluice_rows_inserted_total', 'Rows inserted into the table', sums.inserted);
  figures.counter('sluice_rows_undone_total', 'Inserted rows that an undo has removed again', sums.undone);
  figures.counter('sluice_batches_total', 'Micro-batches committed', sums.batches);
  figures.counter('sluice_duplicates_total', 'Records whose event_id was there before, by where', [
    [{ kind: 'within_chunk' }, sums.duplicatesInChunk],
    [{ kind: 'of_committed' }, sums.duplicates - sums.duplicatesInChunk],
  ]);
  figures.counter('sluice_conflicts_total', 'Duplicates whose content differs from the row', sums.conflicts);
  figures.counter(
    'sluice_rejects_total',
    'Records rejected, by reason; those corrected since included',
    Object.keys(rejectTexts(events)).map((reason) => [
      { reason },
      rejects.find(({ name }) => name === reason)?.count ?? 0,
    ]),
  );
  figures.gauge('sluice_files', 'File versions that the ledger knows, by state', [
    [{ state: 'open' }, open],
    [{ state: 'closed' }, closed - quarantined - same],
    [{ state: 'quarantined' }, quarantined],
    [{ state: 'same' }, same],
    [{ state: 'gone' }, gone],
  ]);
  const waiting = sums.oldestOpen === null ? 0 : (Date.now() - sums.oldestOpen.getTime()) / 1000;
  figures.gauge(
    'sluice_oldest_file_age_seconds',
    'Age of the oldest file that is not complete; 0: none',
    waiting,
  );
  figures.gauge('sluice_table_rows', 'Rows in the table, as the ledger has it', sums.inserted - sums.undone);
  figures.gauge('sluice_table_size_bytes', 'Size of the table on disk', table.tableBytes);
  figures.gauge('sluice_index_size_bytes', 'Size of its indexes on disk', table.indexBytes);
  figures.gauge(
    'sluice_database_connections',
    'Connections of the pipeline to PostgreSQL',
    table.connections.sluice,
  );
  addLatency(metrics, latency);
}

/** prom-client's own histogram observes values one by one, but these values are already counted. */
function addLatency(metrics: Metrics, { buckets, sum }: LatencyHistogram): void {
  const name = 'sluice_file_latency_seconds';
  const help = 'Seconds from the landing of a file to the commit that completed it';
  let below = 0;
  const values = buckets.map((files, i) => {
    below += files;
    const bound = LATENCY_BOUNDS[i];
    return {
      labels: { le: bound === undefined ? '+Inf' : String(bound) },
      value: below,
      metricName: `${name}_bucket`,
    };
  });
  const sums = [
    { labels: {}, value: sum, metricName: `${name}_sum` },
    { labels: {}, value: below, metricName: `${name}_count` },
  ];
  const told = { name, help, type: 'histogram', aggregator: 'sum', values: [...values, ...sums] };
  metrics.registerMetric({ name, get: async () => told } as never);
}
