import { z } from 'zod';
import { count, cursor, feedPageQuery, fileNoParam, searched, time } from './basics.ts';
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

export const rejectsQuery = feedPageQuery.extend({
  file: fileNoParam.optional(),
  reason: searched.max(60).optional().describe('Only of this reason, as `reasons` names it'),
  since: z.iso.datetime({ offset: true }).optional().describe('Of the commit'),
});
