import { rejectTexts } from '@sluice/core';
import {
  type DatabaseFigures,
  LATENCY_BOUNDS,
  type LatencyHistogram,
  type LatencyTotals,
  rejectTotals,
  type Sql,
  type Totals,
  totals,
} from '@sluice/ledger';
import type { Metrics } from '@sluice/process';
import { addHistogram } from '@sluice/process/metrics';
import { feedsOf, type KnownFeed, stateOf, tableOf } from '../api/feeds.ts';
import type { Dashboard } from '../dashboard.ts';
import { Figures } from './figure.ts';

/** What `/metrics` tells of one feed. */
interface OfFeed {
  readonly feed: KnownFeed;
  readonly sums: Totals;
  readonly rejects: readonly { readonly name: string; readonly count: number }[];
  readonly table: DatabaseFigures | null;
}

/** The most feeds that have a label of their own, so that the number of series stays bounded (I8). */
const FEEDS_AT_MOST = 100;

/** The figures from the ledger and the database, with the label `feed`. */
export async function ledgerFigures(
  metrics: Metrics,
  latencies: LatencyTotals,
  { servers, stores: { sql } }: Dashboard,
): Promise<void> {
  const asked = await servers.askOrNull('postgres', async () => {
    const feeds = (await feedsOf(sql)).slice(0, FEEDS_AT_MOST);
    return {
      ofFeeds: await Promise.all(feeds.map((feed) => readFeed(sql, feed))),
      latency: await latencies.read(),
    };
  });
  if (asked === null) return;
  addFeeds(new Figures(metrics), asked.ofFeeds);
  addLatency(metrics, asked.latency);
}

async function readFeed(sql: Sql, feed: KnownFeed): Promise<OfFeed> {
  const [sums, rejects, table] = await Promise.all([
    totals(sql, feed.feed),
    rejectTotals(sql, feed.feed),
    tableOf(sql, feed),
  ]);
  return { feed, sums, rejects, table };
}

function addFeeds(figures: Figures, ofFeeds: readonly OfFeed[]): void {
  const sum = (of: (sums: Totals) => number) =>
    ofFeeds.map(({ feed, sums }) => [{ feed: feed.feed }, of(sums)] as const);
  const sized = (of: (table: DatabaseFigures) => number) =>
    ofFeeds.flatMap(({ feed, table }) => (table === null ? [] : [[{ feed: feed.feed }, of(table)] as const]));
  figures.counter(
    'sluice_records_total',
    'Records read from files and committed',
    sum(({ records }) => records),
  );
  figures.counter(
    'sluice_rows_inserted_total',
    'Rows inserted into the table',
    sum(({ inserted }) => inserted),
  );
  figures.counter(
    'sluice_rows_undone_total',
    'Inserted rows that an undo has removed again',
    sum(({ undone }) => undone),
  );
  figures.counter(
    'sluice_batches_total',
    'Micro-batches committed',
    sum(({ batches }) => batches),
  );
  figures.counter(
    'sluice_duplicates_total',
    'Records whose key was there before, by where',
    ofFeeds.flatMap(({ feed: { feed }, sums }) => [
      [{ feed, kind: 'within_chunk' }, sums.duplicatesInChunk] as const,
      [{ feed, kind: 'of_committed' }, sums.duplicates - sums.duplicatesInChunk] as const,
    ]),
  );
  figures.counter(
    'sluice_conflicts_total',
    'Duplicates whose content differs from the row',
    sum(({ conflicts }) => conflicts),
  );
  figures.counter(
    'sluice_rejects_total',
    'Records rejected, by reason; those corrected since included',
    ofFeeds.flatMap(({ feed: { feed, contract }, rejects }) =>
      Object.keys(rejectTexts(contract)).map(
        (reason) => [{ feed, reason }, rejects.find(({ name }) => name === reason)?.count ?? 0] as const,
      ),
    ),
  );
  figures.gauge(
    'sluice_files',
    'File versions that the ledger knows, by state',
    ofFeeds.flatMap(
      ({ feed: { feed }, sums: { open, closed, gone, held, quarantined, same, undoneFiles } }) => [
        [{ feed, state: 'open' }, open] as const,
        [{ feed, state: 'closed' }, closed - quarantined - same - undoneFiles] as const,
        [{ feed, state: 'undone' }, undoneFiles] as const,
        [{ feed, state: 'quarantined' }, quarantined] as const,
        [{ feed, state: 'same' }, same] as const,
        [{ feed, state: 'gone' }, gone] as const,
        [{ feed, state: 'held' }, held] as const,
      ],
    ),
  );
  figures.gauge(
    'sluice_oldest_file_age_seconds',
    'Age of the oldest file that is not complete; 0: none',
    sum(({ oldestOpen }) => (oldestOpen === null ? 0 : (Date.now() - oldestOpen.getTime()) / 1000)),
  );
  figures.gauge(
    'sluice_feed_up',
    'Whether files of a feed are loaded; 0: its table does not fit, or it has no YAML any more',
    ofFeeds.map(({ feed }) => [{ feed: feed.feed }, stateOf(feed) === 'active' ? 1 : 0] as const),
  );
  figures.gauge(
    'sluice_table_rows',
    'Rows that Sluice has loaded into the table, without those undone',
    sum(({ inserted, undone }) => inserted - undone),
  );
  figures.gauge(
    'sluice_table_size_bytes',
    'Size of the table on disk',
    sized(({ tableBytes }) => tableBytes),
  );
  figures.gauge(
    'sluice_index_size_bytes',
    'Size of its indexes on disk',
    sized(({ indexBytes }) => indexBytes),
  );
  const [first] = ofFeeds.flatMap(({ table }) => table ?? []);
  if (first !== undefined)
    figures.gauge(
      'sluice_database_connections',
      'Connections of the pipeline to PostgreSQL',
      first.connections.sluice,
    );
}

function addLatency(metrics: Metrics, { buckets, sum }: LatencyHistogram): void {
  const name = 'sluice_file_latency_seconds';
  const help = 'Seconds from the landing of a file to the commit that completed it';
  addHistogram(metrics, { name, help, bounds: LATENCY_BOUNDS }, () => [
    { labels: {}, buckets, seconds: sum },
  ]);
}
