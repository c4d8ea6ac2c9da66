import { rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { baseOf } from '@sluice/core';
import { codeOf, killPoint, makeFolder } from '@sluice/process';
import { fileNoOf, HIDDEN_PREFIX, hiddenName } from '../hidden-names.ts';
import type { CleanedUp, ClosedSource, Disposal, HiddenFile } from '../source.ts';
import type { SourceFolder } from './folder.ts';
import { copyInto, isThere, moveInto, removeIfThere } from './place-file.ts';
import { splitPath } from './steps.ts';

/**
 * Moves or deletes one closed source file. The file is first renamed to a hidden name and only then compared with its version,
 * so that another file that was put in its place in the meantime is noticed and put back. A file is deleted only if its content
 * is exactly what was loaded. A file whose ctime differs from the ledger's is left to the watcher, which compares it. Rejects
 * with the file system's error when the file cannot be moved; the file is then back under its name.
 */
export async function cleanUpFile(
  folder: SourceFolder,
  file: ClosedSource,
  disposal: Disposal,
): Promise<CleanedUp> {
  const found = await folder.look(file.name);
  const isUnchanged = file.changedAt === null || found?.changedAt === file.changedAt;
  if (found?.token !== file.token || !isUnchanged) return { outcome: 'absent' };
  // Without a hash, nothing proves that the whole content was loaded.
  if (disposal.kind === 'delete' && file.contentHash === null) return { outcome: 'absent' };
  // This comes before the file is hidden, so that a target folder that cannot be created leaves the file untouched.
  if (disposal.kind === 'move') await makeFolder(targetOf(folder, file, disposal.to));
  const bare = folder.bareName(file.name);
  const hidden = folder.nameOf(beside(bare, hiddenName(file.fileNo)));
  killPoint('clean-up:before-hide');
  try {
    await folder.at(file.name, (path) =>
      folder.io.run(() => rename(path, join(dirname(path), basename(hidden)))),
    );
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { outcome: 'absent' };
    throw error;
  }
  killPoint('clean-up:hidden');
  return await finishHidden(folder, hidden, file, disposal);
}

/** The hidden files in the source folder. A crash has left them there, or another process is working on them. */
export async function hiddenFiles(folder: SourceFolder): Promise<HiddenFile[]> {
  const names = await folder.namesBeginningWith(HIDDEN_PREFIX);
  return names.flatMap((hidden) => {
    const fileNo = fileNoOf(splitPath(folder.bareName(hidden)).name);
    return fileNo === undefined ? [] : [{ hidden, fileNo }];
  });
}

/**
 * Finishes what {@link cleanUpFile} began. It can safely be repeated after a crash, or run in two processes at once. Rejects as
 * {@link cleanUpFile} does.
 */
export async function finishHidden(
  folder: SourceFolder,
  hidden: string,
  file: ClosedSource,
  disposal: Disposal,
): Promise<CleanedUp> {
  // Only the token is compared, because the rename has changed the ctime.
  const found = await folder.look(hidden);
  if (found?.token !== file.token) return await putBack(folder, hidden, file.name);
  try {
    if (disposal.kind === 'move') return await move(folder, hidden, file, disposal);
    const wasLoaded =
      file.contentHash !== null &&
      (await folder.contentHash({ ...found, name: hidden })) === file.contentHash;
    if (!wasLoaded) return await putBack(folder, hidden, file.name);
    await folder.at(hidden, removeIfThere);
    return { outcome: 'deleted' };
  } catch (error) {
    await putBack(folder, hidden, file.name);
    throw error;
  }
}

/**
 * Gives a hidden file its old name in the folder where it lies, or a similar name that is free. It never overwrites another file.
 * Somebody may have renamed the folder meanwhile.
 */
export async function putBack(folder: SourceFolder, hidden: string, name: string): Promise<CleanedUp> {
  const back = await folder
    .at(hidden, async (path) =>
      (await isThere(path)) ? await moveInto(dirname(path), path, splitPath(baseOf(name)).name) : undefined,
    )
    .catch(noneWithoutFolder);
  if (back === undefined) return { outcome: 'absent' };
  return { outcome: 'put_back', name: folder.nameOf(beside(folder.bareName(hidden), back)) };
}

/** The folder of the file is gone, and the file with it. */
function noneWithoutFolder(error: unknown): undefined {
  if (!['ENOENT', 'ENOTDIR', 'ELOOP'].includes(codeOf(error))) throw error;
}

/** The path of another name in the same folder. */
function beside(path: string, name: string): string {
  const { folder } = splitPath(path);
  return folder === '' ? name : `${folder}/${name}`;
}

/** The folder that a file is moved to: below its target it keeps its path. */
function targetOf(folder: SourceFolder, { name }: ClosedSource, to: string): string {
  return join(to, splitPath(folder.bareName(name)).folder);
}

async function move(
  folder: SourceFolder,
  hidden: string,
  file: ClosedSource,
  { to, announce }: Disposal & { readonly kind: 'move' },
): Promise<CleanedUp> {
  const target = targetOf(folder, file, to);
  await makeFolder(target);
  const { name: own } = splitPath(folder.bareName(file.name));
  try {
    const name = await folder.at(hidden, (path) => moveInto(target, path, own, announce));
    return name === undefined ? { outcome: 'absent' } : { outcome: 'moved', path: join(target, name) };
  } catch (error) {
    if (codeOf(error) !== 'EXDEV') throw error;
  }
  const copied = await folder.at(hidden, (from) =>
    copyInto(target, folder, { hidden, from }, file, announce),
  );
  if (copied === 'gone') return { outcome: 'absent' };
  if (copied === 'changed') return await putBack(folder, hidden, file.name);
  return { outcome: 'moved', path: join(target, copied.name) };
}
