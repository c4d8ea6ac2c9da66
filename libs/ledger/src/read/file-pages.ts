import { fileNo } from '@sluice/core';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { counts, detailState, strayQuotes } from '../columns.ts';
import { run } from '../statements.ts';

const state = z.enum(['open', 'closed', 'quarantined', 'gone', 'same', 'undone']);

export type FileState = z.output<typeof state>;

const listedFile = z.object({
  fileNo,
  name: z.string(),
  state,
  generation: z.int(),
  bytes: z.int(),
  landedAt: z.date(),
  closedAt: z.date().nullable(),
  ...counts,
  quarantine: z.string().nullable(),
});

/** A version as a list shows it. */
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
  /** Where clean-up has put it, and where it was about to. */
  movedTo: z.string().nullable(),
  movingTo: z.string().nullable(),
  /** When clean-up has moved it or, without a path, deleted it. */
  cleanedAt: z.date().nullable(),
  detailState,
  strayQuotes: strayQuotes.nullable(),
});

/** A version with all that the ledger has of it. */
export type WholeFile = Readonly<z.output<typeof wholeFile>>;

const fileBatch = z.object({
  batchId: z.string(),
  chunks: z.int(),
  records: z.int(),
  firstLine: z.int(),
  lastLine: z.int(),
  committedAt: z.date(),
});

/** A micro-batch, as far as one file is concerned. */
export type FileBatch = Readonly<z.output<typeof fileBatch>>;

/** One page of the versions, newest first. `search`: a part of the name, in any case. `duplicates`: those that have some. */
export async function listFiles(
  sql: Sql,
  o: {
    readonly search?: string | undefined;
    readonly state?: FileState | 'duplicates' | undefined;
    readonly after: number | null;
    readonly limit: number;
  },
): Promise<ListedFile[]> {
  const pattern = o.search ? `%${o.search.replaceAll(/[\\%_]/g, '\\$&')}%` : null;
  return await run(sql, 'read/file-list', listedFile, [pattern, o.state ?? null, o.after, o.limit]);
}

export async function findFile(sql: Sql, fileNo: number): Promise<WholeFile | undefined> {
  return (await run(sql, 'read/file-page', wholeFile, [fileNo]))[0];
}

export async function batchesOfFile(sql: Sql, fileNo: number, limit: number): Promise<FileBatch[]> {
  return await run(sql, 'read/file-batches', fileBatch, [fileNo, limit]);
}
