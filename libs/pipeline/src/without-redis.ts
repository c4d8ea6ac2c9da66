// Exports that need only the ledger and the folder. A command that imports this starts in half the time, without BullMQ.
export { sourceOf } from './feed-places.ts';
export { type ComparedSources, compareSources, HIDDEN_WHY } from './intake/compare-sources.ts';
export { expectationText, missedExpectations, missedText } from './observe/expectations.ts';
export { ignoredText } from './observe/feed-facts.ts';
export { type Correctable, correct, correctable } from './operate/correct.ts';
export { type Absence, type Lineage, lineage } from './operate/lineage.ts';
export { type LintReject, type LintReport, lint } from './operate/lint.ts';
export { OperationRefused, operator } from './operate/operator.ts';
export { type FoundQuarantined, quarantinedFiles } from './operate/quarantined.ts';
export {
  exportFeed,
  /** @internal Exported for tests. */
  exportRejects,
  onlyFeedWithRejects,
  rejectedValue,
} from './operate/reject-export.ts';
export { type Resubmission, type ResubmitProblem, resubmit, resubmitCode } from './operate/resubmit.ts';
export { type UndoPlan, undo } from './operate/undo.ts';
