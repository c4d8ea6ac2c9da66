import { z } from 'zod';
import { form, ignored, numberMark, oneOf, text, texts, whole, yesOrNo } from './values.ts';

const TYPES = ['string', 'integer', 'number', 'boolean', 'date', 'datetime', 'object', 'array'] as const;

export type Type = (typeof TYPES)[number];

const COLUMN = /^[a-z][a-z0-9_]{0,62}$/;

const columnName = form(
  COLUMN,
  'a name of small letters, digits and underscores, at most 63, that begins with a letter',
);

const bound = z.union([z.number(), z.string()], {
  error: 'a number; or a date as text, such as "2026-01-31"',
});

export const constraintWords = z.strictObject(
  {
    required: yesOrNo
      .optional()
      .describe('A record without a value is rejected. Default: false, and the value is NULL.'),
    minLength: whole(0, 1_000_000).optional().describe('The fewest characters of a string.'),
    maxLength: whole(1, 1_000_000)
      .optional()
      .describe(
        'The most characters of a string. A table that Sluice makes gets varchar(n), otherwise text.',
      ),
    minimum: bound
      .optional()
      .describe(
        'The least value, itself allowed: of a number, or of a date or datetime as text in ISO form.',
      ),
    maximum: bound.optional().describe('The greatest value, itself allowed.'),
    enum: texts
      .min(1, { error: 'a list of at least one text' })
      .optional()
      .describe('The only values that are accepted, as texts.'),
    pattern: text('a regular expression in the syntax of RE2')
      .optional()
      .describe('A regular expression (RE2) that must match the whole value of a string.'),
  },
  { error: 'words such as { required: true, maxLength: 40 }' },
);

/** The words of a field. Which of them a type knows is checked afterwards, because that message can name the field. */
export const fieldWords = z.strictObject(
  {
    name: columnName.describe(
      'The column of the table. The header of a file has this name or one of `from`, in any case.',
    ),
    type: oneOf(TYPES)
      .default('string')
      .describe(
        'string, integer, number, boolean, date, datetime, or object and array of JSON, for jsonb. Default: string.',
      ),
    format: text('a format such as %d.%m.%Y')
      .optional()
      .describe(
        'string: uuid or email. date, datetime: how it is written, of %Y %y %m %b %d %H %M %S %f %z and literals. Default of a date: %Y-%m-%d. Default of a datetime: sluice, which is 2026-01-31 08:30:00 or ISO 8601.',
      ),
    from: texts
      .min(1, { error: 'a list of at least one text' })
      .optional()
      .describe('Other names of the column in the header, in any case. `name` is found there as well.'),
    value: text('a text: a constant, or $file.1')
      .optional()
      .describe(
        'The value of each row, which is not read from the file: a constant, or $file.1 for what the first * of the pattern in `files` matched.',
      ),
    optional: yesOrNo
      .optional()
      .describe('The column may be absent from the header. The value is missing then. Default: false.'),
    sensitive: yesOrNo
      .optional()
      .describe('Its values are kept out of rejects, conflicts, the page and exports. Default: false.'),
    missingValues: texts
      .optional()
      .describe('The texts that mean "no value" in this field, instead of those of the schema.'),
    missingBlank: yesOrNo.optional().describe('Spaces alone mean "no value" too. Default: false.'),
    missingAnyCase: yesOrNo.optional().describe('`missingValues` are compared in any case. Default: false.'),
    codes: z
      .record(z.string(), form(/^[a-z][a-z0-9_]{0,62}$/, 'a code of small letters, digits and underscores'), {
        error: 'codes such as { missing_value: no_customer }',
      })
      .optional()
      .describe('Codes of your own for rejects of this field: { missing_value: no_customer }.'),
    expected: text('a text')
      .max(500, { error: 'a text of at most 500 characters' })
      .optional()
      .describe('What a reject of this field says was expected, in your words.'),
    decimalChar: numberMark()
      .optional()
      .describe('number: the character before the decimals. Default: that of `format`, or a point.'),
    groupChar: numberMark(" '\u00a0\u202f")
      .optional()
      .describe(
        'integer, number: the character between groups of exactly three digits. Default: that of `format`, or none.',
      ),
    digits: z
      .tuple([whole(0, 500), whole(0, 500)], {
        error: 'two whole numbers, the most digits before and after the point: [10, 2]',
      })
      .optional()
      .describe(
        'number: the most digits before and after the point. [10, 2] is numeric(12,2). A value with more is rejected, never rounded.',
      ),
    unsigned: yesOrNo.optional().describe('integer, number: a sign, + or -, is rejected. Default: false.'),
    trueValues: texts
      .min(1, { error: 'a list of at least one text' })
      .optional()
      .describe('boolean: the texts that mean true. Default: true, True, TRUE, 1.'),
    falseValues: texts
      .min(1, { error: 'a list of at least one text' })
      .optional()
      .describe('boolean: the texts that mean false. Default: false, False, FALSE, 0.'),
    timezone: text('a time zone')
      .optional()
      .describe('datetime: the time zone of values without an offset. Default: that of `format`.'),
    constraints: constraintWords.optional().describe('What a value must fulfil besides its type.'),
    ...ignored,
  },
  { error: 'a field such as { name: amount, type: number }' },
);

export type FieldWords = z.output<typeof fieldWords>;
