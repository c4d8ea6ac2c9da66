export { type Chunk, type ChunkRef, recordsOf } from './chunk.ts';
export {
  type Contract,
  type ContractNo,
  columnsOf,
  contentOf,
  contractNo,
  /** @internal Exported for the tests of the ledger and the pipeline. */
  contractSchema,
  FILLED,
  type Field,
  keyOf,
  type ParsedRow,
  uuidKeyOf,
  type Value,
} from './contract/contract.ts';
export { cellAt, copyCells, nullTextOf, unescaped } from './contract/copy-line.ts';
export { events } from './contract/events.ts';
export { FALSE_VALUES, ruleOf, TRUE_VALUES } from './contract/expected.ts';
export {
  type Columns,
  /** @internal Exported for tests. */
  readHeader,
} from './contract/header.ts';
export { jsonCells } from './contract/json-cells.ts';
export { MASKED } from './contract/reading.ts';
export { REJECT_CODES, type Reject, type RejectTexts, reject, rejectTexts } from './contract/reject.ts';
export { validatorOf } from './contract/validate.ts';
export { textOf } from './contract/write.ts';
export { CsvReader, type CsvRecord } from './csv-reader.ts';
export { ENCODINGS, type EncodingName } from './encoding.ts';
export {
  /** @internal Exported for tests. */
  EventFile,
} from './event-file.ts';
export {
  type Expectation,
  expectationSchema,
  isOfDays,
  type Missed,
  missedPeriod,
  type Period,
  periodsOf,
} from './expectation.ts';
export {
  /** @internal Exported for tests. */
  DEFAULT_FILES,
  defaultFiles,
  type FilePattern,
  filePattern,
  isSourceName,
  looksDeep,
  patternMistake,
  starsIn,
} from './file-pattern.ts';
export {
  checkpointMember,
  type FileNo,
  type FoundFile,
  fileNo,
  type KnownFile,
  parseJobId,
  type SeenFile,
  sizeOf,
  type Token,
  tokenOf,
  versionKey,
} from './file-version.ts';
export { baseOf, FIRST_FEED, feedOf, ledgerName } from './ledger-name.ts';
export { binaryKind } from './magic.ts';
export { QUARANTINE_REASONS, type Quarantine } from './quarantine.ts';
export { isKnown, type Recognised, recognise } from './recognise.ts';
export { recordFile } from './record-file.ts';
export { parsedRow, Rows, RowsBuilder } from './rows.ts';
export {
  DEFAULT_RULES,
  exceeds,
  FILE_TYPES,
  type FileRules,
  type Load,
  loadSchema,
  pinnedRules,
  pinRules,
  READER_VERSION,
  readingOf,
  writeLoad,
} from './rules.ts';
export {
  isFlat,
  optionsOf,
  placeIn,
  placeMistake,
  type SourceOptions,
  schemeOf,
  sourceOptions,
} from './source-place.ts';
export { bothStrayQuotes, type StrayQuotes, strayQuotesInWords } from './stray-quotes.ts';
export { endsItsLine, TextLines } from './text-lines.ts';
export { localTime } from './time-zone.ts';
export { utcTimestamp } from './timestamp.ts';
