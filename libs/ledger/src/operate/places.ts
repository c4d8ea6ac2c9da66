import type { FileNo, FoundFile } from '@sluice/core';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { execute, run } from '../statements.ts';

/** The path to which clean-up is about to move a file or has moved it. Null: clean-up has deleted the file. */
interface CleanedTo {
  readonly fileNo: FileNo;
  readonly path: string | null;
}

/** A version whose place is wanted. The hash is null when the version was never read to its end. */
export interface PlacedVersion extends FoundFile {
  readonly contentNo: number;
  readonly contentHash: string | null;
}

const recordedPlace = z.object({
  movedTo: z.string().nullable(),
  /** Where the file was about to be moved. A process that died may have moved it there. */
  movingTo: z.string().nullable(),
  closedAt: z.date().nullable(),
  cleanedAt: z.date().nullable(),
  /** Whether this is the version itself or a replay of it. Then `changedAt` is its ctime in the source folder, if known. */
  own: z.boolean(),
  changedAt: z.string().nullable(),
  /** Whether another content has had the same name and token, so that these do not identify the file. */
  shared: z.boolean(),
});

/** The recorded place of one version, or of another version with the same name and content. */
export type RecordedPlace = Readonly<z.output<typeof recordedPlace>>;

/** Records where clean-up is about to put files. It is called before the move, so that no file is lost track of in a crash. */
export async function noteMoves(sql: Sql, moves: readonly CleanedTo[]): Promise<void> {
  await note(sql, 'operate/note-moves', moves);
}

/** Records where clean-up has put files, or that it has deleted them. */
export async function noteCleaned(sql: Sql, cleaned: readonly CleanedTo[]): Promise<void> {
  await note(sql, 'operate/note-cleaned', cleaned);
}

async function note(sql: Sql, statement: string, files: readonly CleanedTo[]): Promise<void> {
  if (files.length === 0) return;
  const rows = files.map(({ fileNo, path }) => ({ file_no: fileNo, path }));
  await execute(sql, statement, [JSON.stringify(rows)]);
}

/** Records that a replay has moved the file of this name back from this path. */
export async function noteMovedBack(sql: Sql, name: string, path: string): Promise<void> {
  await execute(sql, 'operate/note-moved-back', [name, path]);
}

/** The recorded places of a version, newest first, at most 20. */
export async function placesOf(sql: Sql, version: PlacedVersion): Promise<RecordedPlace[]> {
  const { name, token, contentNo, contentHash } = version;
  return await run(sql, 'operate/places', recordedPlace, [name, token, contentNo, contentHash]);
}
