import { z } from 'zod';
import { bytes, count, cursor, feedPageQuery, searched, seconds, time } from './basics.ts';
import { reject } from './rejects.ts';

export const fileStates = ['open', 'closed', 'quarantined', 'gone', 'held', 'same', 'undone'] as const;
const fileState = z.enum(fileStates);
const fileBrief = z.object({
  fileNo: count,
  feed: z.string(),
  name: z.string(),
  state: fileState,
  generation: count.describe(
    '0, or how many of this name, size and time came before: it was read again, or has other content',
  ),
  bytes: bytes.nullable(),
  landedAt: time,
  closedAt: time.nullable(),
  records: count,
  inserted: count,
  duplicates: count,
  conflicts: count,
  rejects: count,
  quarantine: z.string().nullable(),
});

export const fileList = z.object({ files: z.array(fileBrief), cursor });
export const filesQuery = feedPageQuery.extend({
  search: searched.max(255).optional().describe('A part of the name'),
  state: z
    .enum([...fileStates, 'duplicates'])
    .optional()
    .describe('Only of this state, or in any state those with duplicates'),
});

export const filePage = z.object({
  file: fileBrief.extend({
    version: count.describe('Which of the versions of its name it is, from 1'),
    versions: count.describe('How many versions of its name the ledger knows'),
    contentHash: z.string().nullable(),
    sameAs: count.nullable(),
    total: count.nullable(),
    lastLine: count.nullable(),
    undone: count,
    undoneAt: time.nullable(),
    duplicatesInChunk: count,
    quarantineDetail: z.string().nullable(),
    quarantineWords: z.string().nullable().describe('What the reason means'),
    goneWhy: z.string().nullable(),
    movedTo: z.string().nullable().describe('Where clean-up has put it'),
    cleanedAt: time.nullable().describe('When clean-up moved it or, where movedTo is null, deleted it'),
    strayQuotes: z
      .object({ count, line: count, lastLine: count, words: z.string() })
      .nullable()
      .describe('Records over many lines that look like several, and the first of them'),
    detailState: z.enum(['kept', 'dropping', 'dropped']),
    balanced: z.boolean().describe('records = inserted + duplicates + rejects (I1)'),
  }),
  timeline: z
    .array(z.object({ name: z.string(), at: time, seconds: seconds.describe('Since the one before') }))
    .describe('landed, stable, registered, queued, parsed, staged, committed (first and last), closed'),
  batches: z.array(
    z.object({
      batchId: z.string(),
      chunks: count,
      records: count,
      firstLine: count,
      lastLine: count,
      committedAt: time,
    }),
  ),
  moreBatches: z.boolean(),
  rejects: z
    .array(reject)
    .nullable()
    .describe(
      'The first of them; the others by /api/rejects?file=. Null where the dashboard may not read them',
    ),
  moreRejects: z.boolean(),
  versions: z
    .array(
      z.object({
        ...{ fileNo: count, version: count, generation: count, landedAt: time },
        ...{ state: fileState, records: count, rejects: count },
      }),
    )
    .describe('The last of them'),
});

export const quarantineList = z.object({
  files: z.array(
    z.object({
      fileNo: count,
      feed: z.string(),
      name: z.string(),
      reason: z.string(),
      means: z.string(),
      detail: z.string().nullable(),
      lastLine: count.nullable(),
      records: count,
      rows: count,
      rejects: count,
      closedAt: time.nullable(),
      movedTo: z.string().nullable().describe('Where clean-up has put it'),
      correctedBy: count.nullable(),
    }),
  ),
  cursor,
});
