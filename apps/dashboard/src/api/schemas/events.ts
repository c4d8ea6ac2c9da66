import { z } from 'zod';
import { count, cursor, feedName, feedPageQuery, fileNoParam, time } from './basics.ts';

const value = z.union([z.string(), z.number(), z.boolean()]).nullable();
/** The values of a row by column, in the order of the contract. */
export const values = z.record(z.string(), value);

export const conflictList = z.object({
  conflicts: z.array(
    z.object({
      feed: z.string(),
      fileNo: count,
      file: z.string(),
      line: count,
      lastLine: count
        .nullable()
        .describe('Where the record ends; null when it was read before that was kept'),
      eventId: z.string().nullable().describe('The key where it is a single UUID'),
      key: values.nullable().describe('The key by field'),
      offered: values.nullable().describe('Null without the right to see values'),
      kept: values
        .nullable()
        .describe('Null without that right, and where the row is no longer in the table'),
      differs: z.array(z.string()).describe('Names of the columns that differ'),
      sensitive: z
        .array(z.string())
        .describe('Fields whose values are not kept, so that it is not known whether they differ'),
    }),
  ),
  cursor,
});

export const conflictsQuery = feedPageQuery.extend({ file: fileNoParam.optional() });
export const keyQuery = z.object({
  feed: feedName.describe('The feed whose table holds the row; by default events'),
  key: z
    .union([z.string(), z.array(z.string()).max(100)])
    .describe('field=value, once for each field of the key'),
});

/** Where a row came from. If `row` is null, what the ledger knows about a key without a row. */
export const passport = z.object({
  feed: z.string(),
  id: z.string().describe('The key as it was asked for'),
  row: values
    .nullable()
    .describe('Without the right to see values, its key and what it says of where it came from'),
  valuesHidden: z.boolean().describe('The visitor has not the right to see values'),
  batch: z.object({ id: z.string(), committedAt: time }).nullable(),
  origin: z
    .object({
      fileNo: count,
      file: z.string(),
      line: count,
      lastLine: count,
      certain: z.boolean().describe('False where another file of the batch cannot be read any more'),
    })
    .nullable(),
  files: z.array(
    z.object({
      fileNo: count,
      file: z.string(),
      lines: z.array(z.tuple([count, count])),
      records: count,
      readable: z.boolean(),
    }),
  ),
  mentions: z.array(
    z.object({
      kind: z.enum(['conflict', 'reject']),
      fileNo: count,
      file: z.string(),
      line: count,
      reason: z.string().nullable(),
      expected: z.string().nullable(),
    }),
  ),
  corrections: z.array(
    z.object({
      fileNo: count,
      file: z.string(),
      line: count,
      reason: z.string(),
      at: time,
      origin: z.boolean(),
    }),
  ),
  detailHidden: z
    .boolean()
    .describe('True where the dashboard may not read rejects and conflicts: then it knows no mentions'),
  undoneFiles: z.array(z.object({ fileNo: count, file: z.string(), rows: count })),
  openFiles: count.nullable(),
});
