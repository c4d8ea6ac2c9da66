import { fileNo } from '@sluice/core';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { counts, detailState, strayQuotes } from '../columns.ts';
import { run } from '../statements.ts';

/** The states of a version. */
export const FILE_STATES = ['open', 'closed', 'quarantined', 'gone', 'held', 'same', 'undone'] as const;

const state = z.enum(FILE_STATES);

export type FileState = z.output<typeof state>;

const listedFile = z.object({
  fileNo,
  feed: z.string(),
  name: z.string(),
  state,
  generation: z.int(),
  bytes: z.int(),
  landedAt: z.date(),
  closedAt: z.date().nullable(),
  ...counts,
  quarantine: z.string().nullable(),
});

/** A version in a list. */
export type ListedFile = Readonly<z.output<typeof listedFile>>;

/** The times of its stages are null until a chunk is committed. */
const wholeFile = z.object({
  ...listedFile.shape,
  stableAt: z.date(),
  registeredAt: z.date(),
  queuedAt: z.date().nullable(),
  firstParsed: z.date().nullable(),
  lastParsed: z.date().nullable(),
  firstCommitted: z.date().nullable(),
  lastCommitted: z.date().nullable(),
  contentHash: z.string().nullable(),
  sameAs: fileNo.nullable(),
  total: z.int().nullable(),
  lastLine: z.int().nullable(),
  undone: z.int(),
  undoneAt: z.date().nullable(),
  duplicatesInChunk: z.int(),
  quarantineDetail: z.string().nullable(),
  goneWhy: z.string().nullable(),
  /** Where clean-up has put the file, and where it was about to put it. */
  movedTo: z.string().nullable(),
  movingTo: z.string().nullable(),
  /** When clean-up moved the file, or deleted it if there is no path. */
  cleanedAt: z.date().nullable(),
  detailState,
  strayQuotes: strayQuotes.nullable(),
});

/** A version with everything that the ledger knows about it. */
export type WholeFile = Readonly<z.output<typeof wholeFile>>;

const fileBatch = z.object({
  batchId: z.string(),
  chunks: z.int(),
  records: z.int(),
  firstLine: z.int(),
  lastLine: z.int(),
  committedAt: z.date(),
});

/** The part of a micro-batch that belongs to one file. */
export type FileBatch = Readonly<z.output<typeof fileBatch>>;

/** One page of the versions, newest first. `search`: part of the name, in any case. `duplicates`: versions with duplicates. */
export async function listFiles(
  sql: Sql,
  o: {
    readonly feed?: string | undefined;
    readonly search?: string | undefined;
    readonly state?: FileState | 'duplicates' | undefined;
    readonly after: number | null;
    readonly limit: number;
  },
): Promise<ListedFile[]> {
  const pattern = o.search ? `%${o.search.replaceAll(/[\\%_]/g, '\\$&')}%` : null;
  const asked = [pattern, o.state ?? null, o.after, o.limit, o.feed ?? null];
  return await run(sql, 'read/file-list', listedFile, asked);
}

export async function findFile(sql: Sql, fileNo: number): Promise<WholeFile | undefined> {
  return (await run(sql, 'read/file-page', wholeFile, [fileNo]))[0];
}

export async function batchesOfFile(sql: Sql, fileNo: number, limit: number): Promise<FileBatch[]> {
  return await run(sql, 'read/file-batches', fileBatch, [fileNo, limit]);
}
