import { z } from 'zod';
import { type Contract, contractSchema } from './contract/contract.ts';
import { ENCODINGS, type EncodingName } from './encoding.ts';

/** Raise it whenever the same bytes would give different chunks. A version keeps the number that it began with (I6). */
export const READER_VERSION = 4;

/** What earlier readers did differently. It can be removed once no ledger has rows of a version that they read. */
export interface Reading {
  /** Reader 1 allowed spaces between a closing quote and the delimiter. */
  readonly spacesBehindQuotes: boolean;
  /**
   * Readers 1 and 2 ended the file at an open quote followed by more than 1 MiB. At a fault, they left out everything after an
   * open quote. They took a CR at the end of the file as part of the last value.
   */
  readonly openEnd: boolean;
}

/** How the reader of this number reads. */
export function readingOf(reader: number): Reading {
  // Readers before 4 knew neither NDJSON nor zip. They must not read a file that is one of these.
  return { spacesBehindQuotes: reader < 2, openEnd: reader < 3 };
}

/** The formats of files, once expanded. */
export const FILE_TYPES = ['csv', 'ndjson'] as const;

export type FileType = (typeof FILE_TYPES)[number];

/** How many rejects a file may have before it is quarantined as a whole: a number, or a share (0 to 1) of its records. */
export type RejectLimit = { readonly records: number } | { readonly share: number };

/** How a version is read. Pinned when it is registered, so that reading it again gives the same chunks (I6). */
export interface FileRules {
  readonly chunkRows: number;
  readonly reader: number;
  /** `csv`, or `ndjson`: one JSON object on each line. Only a CSV file has what the rules from `skipRows` to `comment` tell. */
  readonly type: FileType;
  /** A byte order mark wins over it. */
  readonly encoding: EncodingName;
  /** Lines before the header, or before the first record where there is no header. */
  readonly skipRows: number;
  /** Whether the first record names the columns. Otherwise they are those of the contract, in order. */
  readonly header: boolean;
  /** One character. */
  readonly delimiter: string;
  /** One character; null when quotes are ordinary characters. */
  readonly quoteChar: string | null;
  /** Lines that begin with this character are no records; null when there are none. */
  readonly comment: string | null;
  /** IANA name of the zone for times without an offset. */
  readonly timeZone: string;
  readonly rejectLimit: RejectLimit | null;
  /** A compressed file may expand to this many times its size. */
  readonly expansionLimit: number;
}

/** The rules that a contract pins. The others belong to the program and its settings. */
export type ReadingRules = Omit<FileRules, 'chunkRows' | 'reader'>;

/** The rules that hold when no setting says otherwise. */
export const DEFAULT_RULES: FileRules = {
  chunkRows: 250,
  reader: READER_VERSION,
  type: 'csv',
  encoding: 'utf-8',
  skipRows: 0,
  header: true,
  delimiter: ',',
  quoteChar: '"',
  comment: null,
  timeZone: 'UTC',
  rejectLimit: null,
  expansionLimit: 200,
};

/** The rules that the ledger keeps besides `chunk_rows` and `reader`. A version from before a rule existed gets its default. */
const pinned = z.object({
  type: z.enum(FILE_TYPES).default(DEFAULT_RULES.type),
  encoding: z.enum(ENCODINGS).default(DEFAULT_RULES.encoding),
  skip_rows: z.int().nonnegative().default(DEFAULT_RULES.skipRows),
  header: z.boolean().default(DEFAULT_RULES.header),
  delimiter: z.string().length(1).default(DEFAULT_RULES.delimiter),
  quote_char: z.string().length(1).nullable().default(DEFAULT_RULES.quoteChar),
  comment: z.string().length(1).nullable().default(DEFAULT_RULES.comment),
  time_zone: z.string().default(DEFAULT_RULES.timeZone),
  reject_limit: z
    .union([z.object({ records: z.number() }), z.object({ share: z.number() })])
    .nullable()
    .default(DEFAULT_RULES.rejectLimit),
  expansion_limit: z.number().default(DEFAULT_RULES.expansionLimit),
});

/** The part of the rules that the ledger keeps as JSON. */
export function pinRules(rules: ReadingRules): z.input<typeof pinned> {
  return {
    // Left out of the rules of a CSV file, as it was before there were others: two loads are the same if their JSON is.
    ...(rules.type !== DEFAULT_RULES.type && { type: rules.type }),
    encoding: rules.encoding,
    skip_rows: rules.skipRows,
    header: rules.header,
    delimiter: rules.delimiter,
    quote_char: rules.quoteChar,
    comment: rules.comment,
    time_zone: rules.timeZone,
    reject_limit: rules.rejectLimit,
    expansion_limit: rules.expansionLimit,
  };
}

/** Rules as the ledger returns them: what {@link pinRules} made, and the columns for the other two. */
export const pinnedRules = z.object({ chunkRows: z.int(), reader: z.int(), rules: pinned }).transform(
  ({ chunkRows, reader, rules }): FileRules => ({
    chunkRows,
    reader,
    ...readRules(rules),
  }),
);

function readRules(rules: z.output<typeof pinned>): ReadingRules {
  return {
    type: rules.type,
    encoding: rules.encoding,
    skipRows: rules.skip_rows,
    header: rules.header,
    delimiter: rules.delimiter,
    quoteChar: rules.quote_char,
    comment: rules.comment,
    timeZone: rules.time_zone,
    rejectLimit: rules.reject_limit,
    expansionLimit: rules.expansion_limit,
  };
}

/** What a feed declares about its files, and what the ledger pins to each version: how they are read, and what a record must be. */
export interface Load {
  readonly rules: ReadingRules;
  readonly contract: Contract;
}

/** A load as the ledger keeps it. */
export const loadSchema = z
  .object({ rules: pinned, contract: contractSchema })
  .transform(({ rules, contract }): Load => ({ rules: readRules(rules), contract }));

/** The JSON that the ledger keeps of a load. Two loads are the same if their JSON is. */
export function writeLoad({ rules, contract }: Load): z.input<typeof loadSchema> {
  return { rules: pinRules(rules), contract };
}

/** Says whether a file with these counts must be quarantined as a whole. */
export function exceeds(limit: RejectLimit, { rejects, records }: { rejects: number; records: number }) {
  return 'records' in limit ? rejects > limit.records : rejects > limit.share * records;
}
