import { contractNo, fileNo, pinnedRules, type Token } from '@sluice/core';
import { z } from 'zod';

/** Columns that several statements return under the same name. */
export const token = z.string().transform((value) => value as Token);

/** The columns needed to find the file of a version and to read it as it was read before. */
export const version = {
  fileNo,
  name: z.string(),
  token,
  contentNo: z.int(),
  contentHash: z.string().nullable(),
  rules: pinnedRules,
  feed: z.string(),
  /** Null: registered before there were feeds. */
  contractNo: contractNo.nullable(),
};

export const counts = {
  records: z.int(),
  inserted: z.int(),
  duplicates: z.int(),
  conflicts: z.int(),
  rejects: z.int(),
};

export const strayQuotes = z.object({ count: z.int(), line: z.int(), lastLine: z.int() });

/** Rows not inserted although the table shows no others with their keys, and the place of the first; null if there are none. */
export const unseen = z.object({ rows: z.int(), line: z.int(), fileNo }).nullable();

export const detailState = z.enum(['kept', 'dropping', 'dropped']);
