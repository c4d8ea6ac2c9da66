import { contractNo, fileNo } from '@sluice/core';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { run } from '../statements.ts';

/** Values as text. */
const texts = z.array(z.string().nullable());

export const listedReject = z.object({
  fileNo,
  feed: z.string(),
  name: z.string(),
  line: z.int(),
  lastLine: z.int().nullable(),
  col: z.string().nullable(),
  code: z.string(),
  expected: z.string(),
  raw: z.string(),
  resubmittedAt: z.date().nullable(),
  /** The key of the row that it became: a UUID, or else the values of the key in order. */
  resubmittedAs: z.string().nullable(),
  resubmittedKey: texts.nullable(),
});

/** A reject in a list. */
export type ListedReject = Readonly<z.output<typeof listedReject>>;

/** A position in a list: the last entry of the previous page. */
export type After = readonly [fileNo: number, line: number];

export const FROM_NEWEST: After = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];

/** One page of the rejects of one file, by line. */
export async function rejectsOfFile(
  sql: Sql,
  fileNo: number,
  o: { readonly reason?: string | undefined; readonly afterLine: number; readonly limit: number },
): Promise<ListedReject[]> {
  return await run(sql, 'read/file-rejects', listedReject, [fileNo, o.reason ?? null, o.afterLine, o.limit]);
}

/** One page of the rejects of all files, newest file first. */
export async function latestRejects(
  sql: Sql,
  o: {
    readonly feed?: string | undefined;
    readonly reason?: string | undefined;
    readonly since?: Date | undefined;
    readonly after: After;
    readonly limit: number;
  },
): Promise<ListedReject[]> {
  const asked = [o.reason ?? null, o.since?.toISOString() ?? null, ...o.after, o.limit, o.feed ?? null];
  return await run(sql, 'read/reject-page', listedReject, asked);
}

const content = z.union([texts, z.record(z.string(), z.string().nullable())]);
const listedConflict = z.object({
  fileNo,
  feed: z.string(),
  /** What its file was loaded by. */
  contractNo: contractNo.nullable(),
  name: z.string(),
  line: z.int(),
  lastLine: z.int().nullable(),
  /** The key: a UUID, or else its values in order, where null stands for a sensitive one. */
  eventId: z.string().nullable(),
  key: texts.nullable(),
  offered: content,
  kept: content.nullable(),
});

/** A duplicate whose content differs from the row in the table. Contents are objects by field, or arrays in the order of the fields. */
export type ListedConflict = Readonly<z.output<typeof listedConflict>>;

export async function listConflicts(
  sql: Sql,
  o: {
    readonly feed?: string | undefined;
    readonly file?: number | undefined;
    readonly after: After;
    readonly limit: number;
  },
): Promise<ListedConflict[]> {
  const asked = [o.file ?? null, ...o.after, o.limit, o.feed ?? null];
  return await run(sql, 'read/conflict-page', listedConflict, asked);
}
