import type { FileNo, FoundFile } from '@sluice/core';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { execute, run } from '../statements.ts';

/** A path, of a file that clean-up is about to move or has moved. Null: it has deleted the file. */
interface CleanedTo {
  readonly fileNo: FileNo;
  readonly path: string | null;
}

/** A version whose place is asked for. The hash is null when it was never read to its end. */
export interface PlacedVersion extends FoundFile {
  readonly contentNo: number;
  readonly contentHash: string | null;
}

const recordedPlace = z.object({
  movedTo: z.string().nullable(),
  /** Where it was about to be put; a process that died may have put it there. */
  movingTo: z.string().nullable(),
  closedAt: z.date().nullable(),
  cleanedAt: z.date().nullable(),
  /** Of the version itself or a replay of it: `changedAt` is the ctime that it had in the source folder, if that is known. */
  own: z.boolean(),
  changedAt: z.string().nullable(),
  /** Another content has borne the same name and token, so that these do not tell which of them a file is. */
  shared: z.boolean(),
});

/** What the ledger has of the place of one version, or of another one with its name and content. */
export type RecordedPlace = Readonly<z.output<typeof recordedPlace>>;

/** Says where clean-up is about to put files. Called before it moves them, so that a crash leaves none unknown. */
export async function noteMoves(sql: Sql, moves: readonly CleanedTo[]): Promise<void> {
  await note(sql, 'operate/note-moves', moves);
}

/** Says where clean-up has put files, or that it has deleted them. */
export async function noteCleaned(sql: Sql, cleaned: readonly CleanedTo[]): Promise<void> {
  await note(sql, 'operate/note-cleaned', cleaned);
}

async function note(sql: Sql, statement: string, files: readonly CleanedTo[]): Promise<void> {
  if (files.length === 0) return;
  const rows = files.map(({ fileNo, path }) => ({ file_no: fileNo, path }));
  await execute(sql, statement, [JSON.stringify(rows)]);
}

/** Says that a file of this name does not lie at this path any more: a replay has moved it back. */
export async function noteMovedBack(sql: Sql, name: string, path: string): Promise<void> {
  await execute(sql, 'operate/note-moved-back', [name, path]);
}

/** What the ledger has of the place of a version, newest first; at most 20 of them. */
export async function placesOf(sql: Sql, version: PlacedVersion): Promise<RecordedPlace[]> {
  const { name, token, contentNo, contentHash } = version;
  return await run(sql, 'operate/places', recordedPlace, [name, token, contentNo, contentHash]);
}
