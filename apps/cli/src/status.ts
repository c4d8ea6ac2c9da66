import { countsOf, type StrayQuoteFiles, strayQuoteFiles, type Totals, totals } from '@sluice/ledger';
import { type FeedStores, type HealthFacts, readHealthFacts } from '@sluice/pipeline';
import { hideSecrets } from '@sluice/process';
import type { FleetMember } from '@sluice/staging';
import { type FeedSums, feedSums } from './summary.ts';

/** A failed micro-batch: its rows are kept, and it can be tried again. */
interface FailedBatch {
  readonly batch: string;
  readonly content: string;
  readonly reason: string;
}

/** All that `status` shows. */
export interface Status extends HealthFacts {
  readonly totals: Totals;
  /** The processes, from their heartbeats. */
  readonly fleet: readonly FleetMember[];
  readonly byEventType: readonly { name: string; count: number }[];
  readonly byReject: readonly { name: string; count: number }[];
  /** The latest ones only; `backlog.failedInserts` counts all. */
  readonly failedBatches: readonly FailedBatch[];
  readonly strayQuotes: StrayQuoteFiles;
  /** The feeds that the ledger knows, with their sums. */
  readonly eachFeed: readonly FeedSums[];
}

const MOST_BATCHES = 5;
const MOST_FILES = 5;

/** Reads the state from PostgreSQL, Redis and the folder. */
export async function readStatus(stores: FeedStores): Promise<Status> {
  const { sql, queues } = stores;
  const [facts, sums, fleet, byEventType, byReject, failed, strayQuotes, eachFeed] = await Promise.all([
    readHealthFacts(stores),
    totals(sql),
    stores.fleet.members(),
    countsOf(sql, 'event_type'),
    countsOf(sql, 'reject'),
    queues.jobs('insert', 'failed', 0, MOST_BATCHES),
    strayQuoteFiles(sql, { limit: MOST_FILES }),
    feedSums(sql),
  ]);
  const failedBatches = failed.map(({ id, name, reason }) => {
    return { batch: id, content: name, reason: hideSecrets(reason ?? 'no reason was recorded') };
  });
  return { ...facts, totals: sums, fleet, byEventType, byReject, failedBatches, strayQuotes, eachFeed };
}
