import { type FileNo, fileNo } from '@sluice/core';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { strayQuotes, token } from '../columns.ts';
import { run } from '../statements.ts';

/** Why a file needs attention: these are codes of the health. */
export const FILE_NEEDS = [
  'file_quarantined',
  'file_rejected',
  'lines_swallowed',
  'file_unreadable',
] as const;
export type FileNeed = (typeof FILE_NEEDS)[number];

const fileInNeed = z.object({
  code: z.enum(FILE_NEEDS),
  fileNo,
  feed: z.string(),
  name: z.string(),
  token,
  /** The source folder in which it was last seen, as the file system tells one from another; null when that is not known. */
  folder: z.string().nullable(),
  quarantine: z.string().nullable(),
  quarantineDetail: z.string().nullable(),
  records: z.int(),
  strayQuotes: strayQuotes.nullable(),
  movedTo: z.string().nullable(),
  movingTo: z.string().nullable(),
  cleanedAt: z.date().nullable(),
  closedAt: z.date().nullable(),
});

/** A version of a file that somebody must look at. */
export type FileInNeed = Readonly<z.output<typeof fileInNeed>>;

/**
 * The files that need attention, newest first: a page of them. A file leaves when a newer version of it is known, when it is undone, and
 * when somebody acknowledges it. Whether it was deleted is to be seen where it lies.
 */
export async function filesInNeed(sql: Sql, after: FileNo | null, limit: number): Promise<FileInNeed[]> {
  return await run(sql, 'read/files-in-need', fileInNeed, [after, limit]);
}
