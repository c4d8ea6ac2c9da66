import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileNo, KnownFile } from '@sluice/core';
import { codeOf, killPoint } from '@sluice/process';
import type { SourceFolder } from './folder.ts';
import { copyInto, HIDDEN_PREFIX, hiddenName, isThere, moveInto, removeIfThere } from './place-file.ts';

/**
 * What becomes of a source file whose every record is in the ledger. `folder` is an absolute path. `announce` is told each path
 * before the file is given it, and so may record where it will be: a crash then leaves no file whose place is unknown.
 */
export type Disposal =
  | { readonly kind: 'delete' }
  | { readonly kind: 'move'; readonly folder: string; announce(path: string): Promise<void> };

/** A file version that the ledger has closed (I5), and the SHA-256 of what was loaded; null when it was not read to its end. */
export interface ClosedSource extends KnownFile {
  readonly fileNo: FileNo;
  readonly contentHash: string | null;
}

/**
 * How a clean-up ended. `absent`: there is nothing to clean, or another process does it. `put_back`: what lay there was
 * another file; it is in the source folder under `name`.
 */
export type CleanedUp =
  | { readonly outcome: 'deleted' | 'absent' }
  | { readonly outcome: 'moved'; readonly path: string }
  | { readonly outcome: 'put_back'; readonly name: string };

/** A file that was being cleaned up, or still is by another process. */
export interface HiddenFile {
  readonly hidden: string;
  readonly fileNo: FileNo;
}

/**
 * Moves or deletes one closed source file. The file is first renamed to a hidden name and only then compared with its
 * version: what somebody puts in its place in between is found out and goes back. Only the very content that was loaded is
 * deleted; one with another ctime than the ledger's is left to the watcher, which compares it. Rejects with the file system's
 * error when it cannot be moved; the file is then back under its name.
 */
export async function cleanUpFile(
  folder: SourceFolder,
  file: ClosedSource,
  disposal: Disposal,
): Promise<CleanedUp> {
  const found = await folder.look(file.name);
  const isUnchanged = file.changedAt === null || found?.changedAt === file.changedAt;
  if (found?.token !== file.token || !isUnchanged) return { outcome: 'absent' };
  // What was not read to its end was not proved to be loaded.
  if (disposal.kind === 'delete' && file.contentHash === null) return { outcome: 'absent' };
  // Before the file is hidden, so that a target that cannot be written to leaves it untouched.
  if (disposal.kind === 'move') await mkdir(disposal.folder, { recursive: true });
  const hidden = hiddenName(file.fileNo);
  killPoint('clean-up:before-hide');
  try {
    await rename(folder.pathOf(file.name), folder.pathOf(hidden));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { outcome: 'absent' };
    throw error;
  }
  killPoint('clean-up:hidden');
  return await finishHidden(folder, hidden, file, disposal);
}

/** The files that lie hidden in the source folder: a crash has left them, or another process is at work on them. */
export async function hiddenFiles(folder: SourceFolder): Promise<HiddenFile[]> {
  const names = await folder.namesBeginningWith(HIDDEN_PREFIX);
  return names.flatMap((hidden) => {
    const fileNo = new RegExp(`^\\${HIDDEN_PREFIX}(\\d{1,15})(-[0-9a-f]+)?$`).exec(hidden)?.[1];
    return fileNo === undefined ? [] : [{ hidden, fileNo: Number(fileNo) as FileNo }];
  });
}

/**
 * Ends what {@link cleanUpFile} began. Harmless when done again after a crash, or by two processes at once. Rejects as that
 * does.
 */
export async function finishHidden(
  folder: SourceFolder,
  hidden: string,
  file: ClosedSource,
  disposal: Disposal,
): Promise<CleanedUp> {
  // The rename has changed its ctime.
  const found = await folder.look(hidden);
  if (found?.token !== file.token) return await putBack(folder, hidden, file.name);
  try {
    if (disposal.kind === 'move') return await move(folder, hidden, file, disposal);
    const wasLoaded =
      file.contentHash !== null &&
      (await folder.contentHash({ ...found, name: hidden })) === file.contentHash;
    if (!wasLoaded) return await putBack(folder, hidden, file.name);
    await removeIfThere(folder.pathOf(hidden));
    return { outcome: 'deleted' };
  } catch (error) {
    await putBack(folder, hidden, file.name);
    throw error;
  }
}

/** Gives a hidden file its name back, or a new free one like it: never over another file. */
export async function putBack(folder: SourceFolder, hidden: string, name: string): Promise<CleanedUp> {
  const path = folder.pathOf(hidden);
  if (!(await isThere(path))) return { outcome: 'absent' };
  const back = await moveInto(folder.path, path, name);
  return back === undefined ? { outcome: 'absent' } : { outcome: 'put_back', name: back };
}

async function move(
  folder: SourceFolder,
  hidden: string,
  file: ClosedSource,
  { folder: target, announce }: Disposal & { readonly kind: 'move' },
): Promise<CleanedUp> {
  await mkdir(target, { recursive: true });
  try {
    const name = await moveInto(target, folder.pathOf(hidden), file.name, announce);
    return name === undefined ? { outcome: 'absent' } : { outcome: 'moved', path: join(target, name) };
  } catch (error) {
    if (codeOf(error) !== 'EXDEV') throw error;
  }
  const copied = await copyInto(target, folder, hidden, file, announce);
  if (copied === 'gone') return { outcome: 'absent' };
  if (copied === 'changed') return await putBack(folder, hidden, file.name);
  return { outcome: 'moved', path: join(target, copied.name) };
}
