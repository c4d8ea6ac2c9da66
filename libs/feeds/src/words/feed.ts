import { ENCODINGS, FILE_TYPES, sourceOptions } from '@sluice/core';
import {
  countSchema,
  delimiter,
  durationOrSchema,
  durationSchema,
  limitOrSchema,
  tableName,
  timeZone,
} from '@sluice/process';
import { z } from 'zod';
import { fieldWords } from './field.ts';
import {
  DAY,
  form,
  ignored,
  LONGEST,
  mark,
  numberMark,
  oneOf,
  orNumber,
  text,
  texts,
  whole,
  yesOrNo,
  yesOrNoText,
} from './values.ts';

export const formatWords = z.strictObject(
  {
    delimiter: delimiter
      .optional()
      .describe('The character between two fields; `tab` for a tab. Default: a comma. It is never guessed.'),
    encoding: oneOf(ENCODINGS)
      .optional()
      .describe('How bytes become characters. A byte order mark wins. Default: utf-8.'),
    skipRows: orNumber(countSchema(0, 1000), 'a whole number from 0 to 1000')
      .optional()
      .describe('Lines before the header, or before the first record, that are left out. Default: 0.'),
    header: yesOrNoText
      .optional()
      .describe(
        'Whether the first record names the columns. false: they are in the order of `fields`. Default: true.',
      ),
    quoteChar: z
      .union([z.literal('none'), mark()], {
        error: 'one character that is no letter, digit or line end, or none',
      })
      .optional()
      .describe(
        'The character around a field that holds delimiters or line ends; none: there is no such character. Default: ".',
      ),
    comment: mark().optional().describe('Lines that begin with this character are left out. Default: none.'),
    timezone: timeZone.optional().describe('The time zone of datetimes without an offset. Default: UTC.'),
    decimalChar: numberMark()
      .optional()
      .describe('The character before the decimals of numbers. Default: a point.'),
    groupChar: numberMark(" '\u00a0\u202f")
      .optional()
      .describe('The character between groups of three digits of integers and numbers. Default: none.'),
    type: oneOf(FILE_TYPES)
      .optional()
      .describe('csv, or ndjson: one JSON object on each line (.ndjson, .jsonl). Default: csv.'),
  },
  { error: 'words such as { delimiter: ";", encoding: windows-1252 }' },
);

export const schemaWords = z.strictObject(
  {
    primaryKey: z
      .union([z.string(), texts.min(1)], { error: 'the name of a field, or a list of such names' })
      .transform((names) => (typeof names === 'string' ? [names] : names))
      .optional()
      .describe(
        'The fields whose values identify a row. The table needs a unique index on exactly these columns.',
      ),
    missingValues: texts
      .optional()
      .describe('The texts that mean "no value" in every field. Default: [""], the empty text.'),
    fields: z
      .array(fieldWords, { error: 'a list of fields' })
      .min(1, { error: 'a list of at least one field' })
      .describe(
        'The columns that are read or filled, in any order. With `header: false`, in the order of the file.',
      ),
    ...ignored,
  },
  { error: 'the words primaryKey, missingValues and fields' },
);

const PLACE = 'the path of a folder, or a place such as s3://bucket/prefix';
const LIMIT = 'none, a count such as 100, or a share such as 5% or 0.5%';
const EXPANSION = 'a whole number from 1 to 1000000';

export const loadWords = z.strictObject(
  {
    duplicates: oneOf(['first', 'keep'])
      .optional()
      .describe(
        'first: of records with one key, the first stays. keep: each record is a row, and there is no key. Default: first.',
      ),
    sameContent: oneOf(['hold', 'add'])
      .optional()
      .describe(
        'keep: whether a file with content that was loaded before waits for an operator (hold) or is loaded as well (add). Default: hold.',
      ),
    newContent: oneOf(['hold', 'add'])
      .optional()
      .describe(
        'keep: whether new content under the name of a loaded file waits for an operator (hold) or is loaded as well (add). Default: hold.',
      ),
    unknownColumns: oneOf(['ignore', 'refuse'])
      .optional()
      .describe(
        'What happens to a file with columns that are no fields: ignore leaves them out, refuse quarantines it. Default: ignore.',
      ),
    rejectLimit: orNumber(limitOrSchema('none'), LIMIT)
      .optional()
      .describe(
        'Rejects of a file, or their share of its records, above which it is quarantined whole. Default: none.',
      ),
    expansionLimit: orNumber(countSchema(1, 1_000_000), EXPANSION)
      .optional()
      .describe('To how many times its size a compressed file may expand. Default: 200.'),
    cleanSource: oneOf(['off', 'archive', 'delete'])
      .optional()
      .describe('What becomes of a file once all of it is committed. Default: off.'),
    archive: text(PLACE)
      .min(1, { error: PLACE })
      .optional()
      .describe(
        'Where cleaned files go, by day: YYYY/MM/DD. It makes cleanSource archive by default. Default: <ARCHIVE_DIR>/<feed>.',
      ),
    quarantine: text(PLACE)
      .min(1, { error: PLACE })
      .optional()
      .describe(
        'Where files go that cannot be read, when clean-up is on. Default: <QUARANTINE_DIR>/<feed>, and quarantine in an archive that is no folder.',
      ),
    archiveDir: text(PLACE).min(1, { error: PLACE }).optional().describe('The name that archive had before.'),
    quarantineDir: text(PLACE)
      .min(1, { error: PLACE })
      .optional()
      .describe('The name that quarantine had before.'),
    countBy: text('the name of a field')
      .optional()
      .describe(
        'The field whose values the figures are counted by, such as a type or a country. Default: none.',
      ),
    time: text('the name of a field')
      .optional()
      .describe('The date or datetime that says when what a row tells of happened. Default: none.'),
    filled: z
      .array(oneOf(['sluice_file', 'sluice_line']), { error: 'a list of sluice_file and sluice_line' })
      .optional()
      .describe(
        'The columns of the table that Sluice fills: the file and the line that a row came from. Default: both. [] for a table without them.',
      ),
    exclusive: yesOrNo
      .optional()
      .describe(
        'Whether Sluice alone fills the table, so that its rows can be counted against the ledger. Default: false.',
      ),
    retention: orNumber(
      durationOrSchema('keep', 1000, LONGEST),
      'keep, or a duration such as 1h or 30d, from 1s to 36500d',
    )
      .optional()
      .describe('How long the detail of loaded files and the rejects are kept. Default: RETENTION.'),
  },
  { error: 'words such as { duplicates: first, rejectLimit: 5% }' },
);

const EVERY = 'a duration such as 15m, 1h, 1d or 7d, from 1s to 366d';

/** @internal exported for the test of the page of feeds */
export const expectWords = z.strictObject(
  {
    every: orNumber(durationSchema(1000, 366 * DAY), EVERY).describe(
      'How often files come. Whole days are days of the calendar, and weeks begin on Monday; a shorter time is the time before now.',
    ),
    by: form(/^(?:[01]?\d|2[0-3]):[0-5]\d$/, 'a time of day such as "06:30", from 00:01 to 23:59')
      .refine((text) => minuteOf(text) > 0, {
        error: 'a time of day such as "06:30", from 00:01 to 23:59',
      })
      .transform(minuteOf)
      .optional()
      .describe('The time of the last of these days by which they must be there. Default: its end.'),
    timezone: timeZone
      .optional()
      .describe('The time zone of these days, such as Europe/Berlin. Default: UTC.'),
    files: whole(1, 1_000_000).optional().describe('How many files come each time. Default: 1.'),
  },
  { error: 'words such as { every: 1d, by: "06:30", timezone: Europe/Berlin, files: 1 }' },
);

function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return 60 * hours + minutes;
}

/** The words of a feed, from what YAML gives to values. This is the only place that defines them and what they may be. */
export const feedWords = z
  .strictObject(
    {
      feed: form(
        /^[a-z][a-z0-9_]{0,62}$/,
        'a name of small letters, digits and underscores that begins with a letter, the same as that of the file',
      ).describe('The name of the feed, the same as that of this file.'),
      source: text(PLACE)
        .min(1, { error: PLACE })
        .optional()
        .describe(
          'Where the files arrive: the path of a folder, s3://bucket/prefix or sftp://user@host/path. Default: <DATA_DIR>/sources/<feed>.',
        ),
      sourceOptions: sourceOptions
        .optional()
        .describe('How a source that is no folder is reached, and how its files arrive.'),
      files: texts
        .min(1, { error: 'a list of at least one pattern' })
        .optional()
        .describe(
          'Patterns of the names of its files, in any case: * is any text, ? one character, and **/ any folders below the source. Default: *.csv, *.csv.gz, *.csv.zst; of ndjson: *.ndjson, *.jsonl, and both with .gz and .zst.',
        ),
      format: formatWords.optional().describe('How the files are written.'),
      table: tableName
        .optional()
        .describe(
          'The table that the feed fills, with its schema if that is not on the search path. Default: the name of the feed.',
        ),
      schema: schemaWords.describe('What a record must be.'),
      load: loadWords.optional().describe('How records become rows, and what becomes of a file.'),
      expect: expectWords
        .optional()
        .describe(
          'When files are to come. A feed whose files do not come needs attention. Default: nobody waits for any.',
        ),
      ...ignored,
    },
    { error: 'a map that begins with feed: NAME' },
  )
  .describe(
    'A feed of Sluice: where files arrive, how they are read, what a record must be, and the table that they fill.',
  );

export type FeedWords = z.output<typeof feedWords>;
