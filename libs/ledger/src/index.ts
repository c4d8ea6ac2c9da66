export { connectPostgres, postgresVersion, type Sql, sessionSecurity } from './client.ts';
export { commitBatch, commitTogether } from './commit/commit.ts';
export type { ClosedFile, Commit, Counts } from './commit/finish.ts';
export { foreignAmong } from './commit/foreign-chunks.ts';
export { isStagedChunk, type Refused, refuseRows, rowsOf } from './commit/payload.ts';
export {
  /** @internal Exported for the tests of the pipeline. */
  CHUNK_VERSION,
  encodeChunk,
  formOf,
} from './commit/payload-form.ts';
export {
  type Refusal,
  rejectOf,
  /** @internal Exported for its test. */
  rowOfReject,
} from './commit/refused-record.ts';
export { findRefusedRows } from './commit/refused-rows.ts';
export { classify, isForbidden, PostgresFailure } from './failure.ts';
export {
  activateContract,
  clearAside,
  contractOf,
  contractsInto,
  contractsInUse,
  /** @internal Exported for its test. */
  type Declared,
  type LedgerFeed,
  ledgerFeeds,
  repinOpen,
  retireFeed,
  setAside,
} from './feeds/contracts.ts';
export { type HashedVersion, openNames, registerKept } from './intake/kept.ts';
export {
  forgetFolders,
  type GoneWhy,
  highestFile,
  markGone,
  markSeen,
  noteFolder,
  type OpenFile,
  openElsewhere,
  openFeeds,
  openFiles,
  openFilesOf,
} from './intake/open-files.ts';
export {
  beginFirst,
  beginParse,
  type FileToParse,
  noteChangeInParse,
  noteUntouched,
  quarantineCrashing,
  takeBackBeginning,
} from './intake/parse.ts';
export {
  closedContents,
  findVersions,
  type KnownVersion,
  type NewVersion,
  noteChanges,
  registerVersions,
} from './intake/versions.ts';
export { knownMigrations } from './migrations/known-migrations.ts';
export { checkSchema, migrate } from './migrations/migrations.ts';
export { type Ack, ackFiles, ackOthers, listAcks } from './operate/acks.ts';
export { type KnownSource, knownSources } from './operate/closed-sources.ts';
export {
  type BatchChunk,
  type Correction,
  KeyTrace,
  type KeyValues,
  type Mention,
  type NamedFile,
  type StoredRow,
  undoneFiles,
} from './operate/lineage.ts';
export {
  noteCleaned,
  noteMovedBack,
  noteMoves,
  type PlacedVersion,
  placesOf,
  type RecordedPlace,
} from './operate/places.ts';
export { planReplay, type ReplayPlan } from './operate/plan-replay.ts';
export { releaseKept } from './operate/release.ts';
export { renameFeed } from './operate/rename-feed.ts';
export { type FileVersion, registerReplay, versionsOf } from './operate/replay.ts';
export {
  type CorrectedRow,
  type NamedReject,
  namedRejects,
  type RejectRef,
  type Resubmitted,
  resubmitRows,
} from './operate/resubmit-rows.ts';
export { dropOldAudit, dropOldDetail } from './operate/retention.ts';
export { type OtherFile, type RecordLine, UndoRows } from './operate/undo-rows.ts';
export {
  dropOldProcesses,
  knownProcesses,
  type LedgerProcess,
  latestWatcher,
  noteBeat,
  noteBegin,
  noteEnd,
} from './processes.ts';
export { listAudit, writeAudit } from './read/audit.ts';
export {
  type CommittedChunk,
  chunksOfBatch,
  commitsOfBatch,
  type ListedCommit,
  listCommits,
  rejectsOfBatch,
} from './read/batches.ts';
export { type DatabaseFigures, databaseFigures } from './read/database-figures.ts';
export {
  batchesOfFile,
  FILE_STATES,
  type FileBatch,
  type FileState,
  findFile,
  type ListedFile,
  listFiles,
  type WholeFile,
} from './read/file-pages.ts';
export { type FilePoint, pointsOf, stateOfVersion } from './read/file-story.ts';
export { waysOf } from './read/file-ways.ts';
export { FILE_NEEDS, type FileInNeed, type FileNeed, filesInNeed } from './read/files-in-need.ts';
export {
  busySince,
  feedTables,
  lackingRights,
  otherUsers,
  type Role,
  roleOf,
  serverState,
  standstill,
} from './read/health.ts';
export { type HeldFile, heldFiles } from './read/held-files.ts';
export { landedFiles } from './read/landed.ts';
export { LATENCY_BOUNDS, type LatencyHistogram, LatencyTotals } from './read/latency-histogram.ts';
export { listQuarantined, type QuarantinedFile, quarantinedPage } from './read/quarantined.ts';
export {
  forecast,
  ledgerSeries,
  rangeLatency,
  rangeSums,
  readSince,
  type Waterfall,
  waterfall,
} from './read/range-figures.ts';
export {
  type After,
  FROM_NEWEST,
  type ListedConflict,
  type ListedReject,
  latestRejects,
  listConflicts,
  rejectsOfFile,
} from './read/reject-pages.ts';
export {
  countRejects,
  type LedgerReject,
  listRejects,
  type RejectCount,
  type RejectFilter,
  rejectFileOf,
} from './read/rejects.ts';
export { beginRun, type RunFile, type RunStart, runFiles } from './read/run-files.ts';
export { countsOf, rejectTotals, type Totals, totals } from './read/statistics.ts';
export { type StrayQuoteFiles, strayQuoteFiles } from './read/stray-quotes.ts';
export { type Proof, verify } from './read/verify.ts';
export type { SessionSecurity } from './socket.ts';
export { forContract } from './statements.ts';
export { changeTable, createTable } from './table/ddl.ts';
export { checkFit } from './table/fit.ts';
export { grantsFor, makeTable } from './table/make-table.ts';
export type { Misfit } from './table/misfit.ts';
