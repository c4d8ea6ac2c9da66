export {
  /** @internal exported for the pipeline's tests */
  CHUNK_VERSION,
  type Chunk,
  type ChunkRef,
  type EventRow,
  encodeChunk,
  formOf,
  recordsOf,
} from './chunk.ts';
export { CsvReader, type CsvRecord } from './csv-reader.ts';
export { EVENT_COLUMNS, type Event, type EventColumn } from './event.ts';
export { EventFile } from './event-file.ts';
export {
  checkpointMember,
  type FileNo,
  type FoundFile,
  fileNo,
  isSourceName,
  type KnownFile,
  parseJobId,
  type SeenFile,
  type Token,
  tokenOf,
  versionKey,
} from './file-version.ts';
export { type Columns, readHeader } from './header.ts';
export { QUARANTINE_REASONS, type Quarantine } from './quarantine.ts';
export { isKnown, type Recognised, recognise } from './recognise.ts';
export { REJECT_CODES, type Reject } from './reject.ts';
export {
  DEFAULT_RULES,
  exceeds,
  type FileRules,
  pinnedRules,
  pinRules,
  READER_VERSION,
  readingOf,
} from './rules.ts';
export { isStagedChunk, type Refused, refuseRows, rowsOf } from './staged-chunk.ts';
export { bothStrayQuotes, type StrayQuotes, strayQuotesInWords } from './stray-quotes.ts';
export { endsItsLine, TextLines } from './text-lines.ts';
export { utcTimestamp } from './timestamp.ts';
export { validate } from './validate.ts';
