import { fileNo } from '@sluice/core';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { counts } from '../columns.ts';
import { run } from '../statements.ts';
import { type ListedReject, listedReject } from './reject-pages.ts';

const listedCommit = z.object({
  commitNo: z.int(),
  feed: z.string(),
  batches: z.array(z.string()),
  /** 0: a correction of rejects. */
  chunks: z.int(),
  ...counts,
  takenAt: z.date().nullable(),
  committedAt: z.date(),
});

/** A commit, and the micro-batches that were committed together in it. */
export type ListedCommit = Readonly<z.output<typeof listedCommit>>;

const batchChunk = z.object({
  fileNo,
  file: z.string(),
  firstLine: z.int(),
  lastLine: z.int(),
  records: z.int(),
  queuedAt: z.date(),
  parsedAt: z.date(),
  stagedAt: z.date(),
  committedAt: z.date(),
});

/** A committed chunk of a micro-batch. */
export type CommittedChunk = Readonly<z.output<typeof batchChunk>>;

/** One page of the commits, newest first. */
export async function listCommits(
  sql: Sql,
  o: { readonly feed?: string | undefined; readonly after: number | null; readonly limit: number },
): Promise<ListedCommit[]> {
  if (o.feed === undefined) return await run(sql, 'read/commit-page', listedCommit, [o.after, o.limit]);
  return await run(sql, 'read/commit-page-of-feed', listedCommit, [o.after, o.limit, o.feed]);
}

/** What the ledger has of a micro-batch: its commits, its chunks, and the first of its rejects. */
export async function commitsOfBatch(sql: Sql, batch: string): Promise<ListedCommit[]> {
  return await run(sql, 'read/batch-commits', listedCommit, [batch]);
}

export async function chunksOfBatch(sql: Sql, batch: string, limit: number): Promise<CommittedChunk[]> {
  return await run(sql, 'read/batch-chunks', batchChunk, [batch, limit]);
}

export async function rejectsOfBatch(sql: Sql, batch: string, limit: number): Promise<ListedReject[]> {
  return await run(sql, 'read/batch-rejects', listedReject, [batch, limit]);
}
