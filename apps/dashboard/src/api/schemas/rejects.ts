import { z } from 'zod';
import { count, cursor, feedName, feedPageQuery, fileNoParam, searched, time } from './basics.ts';
import { values } from './events.ts';

export const reject = z.object({
  feed: z.string(),
  fileNo: count,
  file: z.string(),
  line: count,
  lastLine: count.nullable().describe('Where the record ends; null when it was read before that was kept'),
  column: z.string().nullable(),
  reason: z.string(),
  expected: z.string(),
  raw: z
    .string()
    .nullable()
    .describe('The record as it stood in the file; null without the right to see values'),
  resubmittedAt: time.nullable(),
  resubmittedAs: z
    .string()
    .nullable()
    .describe('The key of the row that it became, where it is a single UUID'),
  resubmittedKey: values.nullable().describe('That key by field'),
});

export const rejectList = z.object({
  rejects: z.array(reject),
  reasons: z
    .array(z.object({ name: z.string(), count, means: z.string() }))
    .describe('Of all files of the feed, or of all feeds'),
  cursor,
});

/** A reject with its values, to be corrected one by one. */
export const rejectForm = z.object({
  feed: z.string(),
  fileNo: count,
  file: z.string(),
  line: count,
  lastLine: count.nullable(),
  column: z.string().nullable().describe('The field that caused the reject'),
  reason: z.string(),
  expected: z.string(),
  raw: z.string(),
  certain: z
    .boolean()
    .describe('False: the ledger does not keep the whole record, so every value has to be given'),
  cells: z
    .array(
      z.object({
        name: z.string(),
        text: z.string().describe('As the file has it; empty where that is not certain, or hidden'),
        hidden: z.boolean().describe('It is sensitive, so the ledger does not keep it'),
        rule: z.string().describe('What the value must be'),
      }),
    )
    .readonly(),
  why: z.string().nullable().describe('Why it cannot be corrected any more; null when it can'),
  next: count.nullable().describe('The line of the next open reject of this file'),
});

export const rejectPlace = z.object({
  fileNo: fileNoParam.describe('Of the version of the file'),
  line: fileNoParam.describe('Where the record begins'),
});

/** PostgreSQL stores neither NUL nor half a surrogate pair. */
const text = z.string().refine((one) => one.isWellFormed() && !one.includes('\0'), 'is no text');

export const correctOrder = z.strictObject({
  file: z.number().int().positive().describe('Its fileNo'),
  line: z.number().int().positive(),
  values: z
    .record(z.string().max(63), text)
    .describe('The corrected values by field. A field that is left out keeps what the file has'),
});

export const corrected = z.object({
  changed: count.describe('0: it was not loaded'),
  message: z.string(),
  problem: z
    .object({ column: z.string().nullable(), reason: z.string(), expected: z.string() })
    .nullable()
    .describe('Why it was not loaded'),
});

export const exportQuery = z.object({
  feed: feedName,
  file: fileNoParam.optional().describe('Only of this version of a file'),
  reason: searched.max(60).optional().describe('Only with this reason'),
  since: z.iso.datetime({ offset: true }).optional().describe('Only committed since this time'),
  spreadsheet: z
    .literal('yes')
    .optional()
    .describe('For a program that would calculate what begins like a formula'),
});

export const rejectsQuery = feedPageQuery.extend({
  file: fileNoParam.optional(),
  reason: searched.max(60).optional().describe('Only of this reason, as `reasons` names it'),
  since: z.iso.datetime({ offset: true }).optional().describe('Of the commit'),
});
