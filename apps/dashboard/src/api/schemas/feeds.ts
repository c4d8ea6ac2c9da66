import { z } from 'zod';
import { count, time } from './basics.ts';

export const feedState = z
  .enum(['active', 'retired', 'aside'])
  .describe('retired: it has no YAML any more; aside: its table does not fit, so nothing is loaded');

export const feedList = z.object({
  feeds: z.array(
    z.object({
      name: z.string(),
      table: z.string(),
      key: z.array(z.string()),
      duplicates: z.enum(['first', 'keep']).describe('What becomes of records with one key'),
      countBy: z.string().nullable().describe('The field that rows are counted by'),
      state: feedState,
      why: z.string().nullable().describe('Why it is set aside'),
      since: time.describe('Since when it is in this state, or has this contract'),
      contract: count.describe('The number of its active contract'),
      source: z.string().nullable().describe('Where the watcher finds its files'),
      files: z.object({ all: count, open: count, gone: count, quarantined: count }),
      records: count,
      rows: count.describe('Inserted, without those that an undo has removed'),
      repeated: count.describe('Duplicates'),
      rejects: count,
      lastCommit: time.nullable(),
    }),
  ),
});
