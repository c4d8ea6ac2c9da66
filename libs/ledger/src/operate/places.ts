import type { FileNo, FoundFile } from '@sluice/core';
import type { Sql } from '../client.ts';
import { run } from '../statements.ts';

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

/** What the ledger has of the place of one version, or of another one with its name and content. */
export interface RecordedPlace {
  readonly movedTo: string | null;
  /** Where it was about to be put; a process that died may have put it there. */
  readonly movingTo: string | null;
  readonly closedAt: Date | null;
  readonly cleanedAt: Date | null;
  /** Of the version itself or a replay of it: `changedAt` is the ctime that it had in the source folder, if that is known. */
  readonly own: boolean;
  readonly changedAt: string | null;
  /** Another content has borne the same name and token, so that these do not tell which of them a file is. */
  readonly shared: boolean;
}

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
  await run(sql, statement, [JSON.stringify(rows)]);
}

/** Says that a file of this name does not lie at this path any more: a replay has moved it back. */
export async function noteMovedBack(sql: Sql, name: string, path: string): Promise<void> {
  await run(sql, 'operate/note-moved-back', [name, path]);
}

/** What the ledger has of the place of a version, newest first; at most 20 of them. */
export async function placesOf(sql: Sql, version: PlacedVersion): Promise<RecordedPlace[]> {
  interface Row {
    readonly moved_to: string | null;
    readonly moving_to: string | null;
    readonly closed_at: Date | null;
    readonly cleaned_at: Date | null;
    readonly changed_at: string | null;
    readonly own: boolean;
    readonly shared: boolean;
  }
  const { name, token, contentNo, contentHash } = version;
  const rows = await run<Row>(sql, 'operate/places', [name, token, contentNo, contentHash]);
  return rows.map(({ moved_to, moving_to, closed_at, cleaned_at, changed_at, own, shared }) => ({
    ...{ movedTo: moved_to, movingTo: moving_to, closedAt: closed_at, cleanedAt: cleaned_at },
    ...{ changedAt: changed_at, own, shared },
  }));
}
