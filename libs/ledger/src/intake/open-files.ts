import { type FileNo, fileNo } from '@sluice/core';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { token } from '../columns.ts';
import { execute, run, runForOne } from '../statements.ts';

const openFile = z.object({
  fileNo,
  feed: z.string(),
  name: z.string(),
  token,
  generation: z.int(),
  /** Whether no earlier version has this name. */
  first: z.boolean(),
  /** Whether it waits for an operator. */
  held: z.boolean(),
  /** Whether nobody has begun to read it. Also false of a version from before there were feeds. */
  untouched: z.boolean(),
});

export type OpenFile = Readonly<z.output<typeof openFile>>;

/**
 * Versions that are still to be loaded, oldest first, after `after`.
 *
 * @param folder limits the result to versions last seen in the folder with this identity, or in no folder
 * @param feed limits the result to versions of this feed
 */
export async function openFiles(
  sql: Sql,
  after: FileNo | 0,
  limit: number,
  folder: string | null = null,
  feed: string | null = null,
): Promise<OpenFile[]> {
  return await run(sql, 'intake/open-files', openFile, [after, limit, folder, feed]);
}

/**
 * Like {@link openFiles}, of one feed, however many versions of other feeds are open.
 *
 * @param folder limits the result to versions last seen in the folder with this identity, or in no folder
 */
export async function openFilesOf(
  sql: Sql,
  feed: string,
  after: FileNo | 0,
  limit: number,
  folder: string | null = null,
): Promise<OpenFile[]> {
  return await run(sql, 'intake/open-files-of', openFile, [feed, after, limit, folder]);
}

const highest = z.object({ highest: z.int() });

/** The highest number that a version has; 0 when there is none. */
export async function highestFile(sql: Sql): Promise<number> {
  return (await runForOne(sql, 'intake/highest-file', highest)).highest;
}

const openFeed = z.object({
  feed: z.string(),
  /** Nothing of it is loaded now, because it does not fit its table. */
  aside: z.boolean(),
});

/** The feeds that have versions to load, by name. */
export async function openFeeds(sql: Sql): Promise<Readonly<z.output<typeof openFeed>>[]> {
  return await run(sql, 'intake/open-feeds', openFeed);
}

/** Records that these versions are in the folder with this identity now. */
export async function noteFolder(sql: Sql, files: readonly FileNo[], folder: string): Promise<void> {
  if (files.length > 0) await execute(sql, 'intake/note-folder', [[...files], folder]);
}

const elsewhere = z.object({ files: z.int(), file: z.string().nullable() });

/** The number of versions that are still to be loaded and were last seen in another folder, and the name of the first. */
export async function openElsewhere(
  sql: Sql,
  folder: string,
  feed: string | null = null,
): Promise<{ files: number; file: string } | undefined> {
  const { files, file } = await runForOne(sql, 'intake/open-elsewhere', elsewhere, [folder, feed]);
  return file === null ? undefined : { files, file };
}

/** Forgets the folder of the versions that are still to be loaded: they then belong to the folder that a watcher sees next. */
export async function forgetFolders(sql: Sql, feed: string | null = null): Promise<void> {
  await execute(sql, 'intake/forget-folders', [feed]);
}

/** Why a version could not be read when its turn came. */
export type GoneWhy = 'missing' | 'changed' | 'unreadable';

const gone = z.object({ fileNo });

/** Records that versions could not be read when their turn came. Returns those that were not recorded as gone before. */
export async function markGone(sql: Sql, files: readonly FileNo[], why: GoneWhy): Promise<FileNo[]> {
  const rows = await run(sql, 'intake/mark-gone', gone, [[...files], why]);
  return rows.map(({ fileNo }) => fileNo);
}

/** Records that versions which were gone are in the folder again. */
export async function markSeen(sql: Sql, files: readonly FileNo[]): Promise<void> {
  if (files.length > 0) await execute(sql, 'intake/mark-seen', [[...files]]);
}
