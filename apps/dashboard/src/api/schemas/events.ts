import { z } from 'zod';
import { count, cursor, feedPageQuery, fileNoParam, time } from './basics.ts';

const value = z.union([z.string(), z.number(), z.boolean()]).nullable();
/** The values of a row by column, in the order of the contract. */
export const values = z.record(z.string(), value);

export const conflictList = z.object({
  conflicts: z.array(
    z.object({
      fileNo: count,
      file: z.string(),
      line: count,
      lastLine: count
        .nullable()
        .describe('Where the record ends; null when it was read before that was kept'),
      eventId: z.string(),
      offered: values.nullable().describe('Null without the right to see values'),
      kept: values
        .nullable()
        .describe('Null without that right, and where the row is no longer in the table'),
      differs: z.array(z.string()).describe('Names of the columns that differ'),
    }),
  ),
  cursor,
});

export const conflictsQuery = feedPageQuery.extend({ file: fileNoParam.optional() });
/** Where a row came from. If `row` is null, what the ledger knows about an id without a row. */
export const passport = z.object({
  id: z.string(),
  row: values.nullable().describe('Without the right to see values, its id and its created_at alone'),
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
