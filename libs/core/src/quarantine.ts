/** Why a whole file, or the rest of it, cannot be read as CSV of its feed. */
export const QUARANTINE_REASONS = {
  header_missing_column: 'the header lacks a required column',
  header_duplicate_column: 'the header names a required column twice',
  header_unknown_column: 'the header names a column that is none of the feed, which allows no others',
  file_name: 'a part of the name of the file is not a value of its field',
  record_too_long: 'a line is longer than 1 MiB (or a record, where an older version of Sluice read it)',
  encoding:
    'the file is not in the encoding of its feed (UTF-8, unless it names one), or that of its byte order mark',
  binary: 'the file is no text',
  compression: 'its compressed content is damaged, cut short, or not what its name says',
  archive: 'it is no zip archive of exactly one file that can be read',
  expansion: 'it expands to more than EXPANSION_LIMIT times its size',
  too_many_rejects: 'more of its records would be rejects than REJECT_LIMIT allows',
  crashes_worker: 'reading it ended the process three times, the last time in a process of its own',
  source_missing: 'the file to be read again is no longer there',
  superseded: 'a later file brought its records again, so its rows were removed',
} as const;

type QuarantineReason = keyof typeof QUARANTINE_REASONS;

/** Why a file is quarantined: the code of the reason, and the details of this file. */
export interface Quarantine {
  readonly reason: QuarantineReason;
  readonly detail: string;
}
