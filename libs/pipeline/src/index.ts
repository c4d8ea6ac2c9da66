export { Discovery } from './intake/discover.ts';
export { Reconciler } from './intake/reconcile.ts';
export { watch } from './intake/watch.ts';
export { commit } from './load/commit.ts';
export { flush } from './load/flush.ts';
export { parse } from './load/parse.ts';
export { readChunks } from './load/read-chunks.ts';
export { work } from './load/work.ts';
export { readBacklog } from './observe/backlog.ts';
export type { WaitingFiles } from './observe/fleet.ts';
export {
  countUnseen,
  type Health,
  type HealthFacts,
  type HealthReason,
  judgeHealth,
  readHealthFacts,
} from './observe/health.ts';
export { HEARTBEAT_MS, Heartbeat } from './observe/heartbeat.ts';
export { readiness } from './observe/readiness.ts';
export { awaitedFiles } from './operate/awaited-files.ts';
export { type Drained, drain, waitsFor } from './operate/drain.ts';
export { causeOf, contentOf, groupedJobs, groupOf } from './operate/failed-jobs.ts';
export { type Recovery, type Rehearsal, recover, rehearse } from './operate/recover.ts';
export { findRefused, stagedRows } from './operate/refused-records.ts';
export { rename } from './operate/rename.ts';
export { replay } from './operate/replay.ts';
export { failedJobs, type JobName, rejectRecords, retryFailed } from './operate/retry.ts';
export { refuseFolders } from './refuse-folders.ts';
export { checkStart } from './start-checks.ts';
export { closeStores, type FeedStores, openStores } from './stores.ts';
