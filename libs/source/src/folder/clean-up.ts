import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, killPoint, makeFolder } from '@sluice/process';
import { fileNoOf, HIDDEN_PREFIX, hiddenName } from '../hidden-names.ts';
import type { CleanedUp, ClosedSource, Disposal, HiddenFile } from '../source.ts';
import type { SourceFolder } from './folder.ts';
import { copyInto, isThere, moveInto, removeIfThere } from './place-file.ts';

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
  if (disposal.kind === 'move') await makeFolder(disposal.to);
  const hidden = folder.nameOf(hiddenName(file.fileNo));
  killPoint('clean-up:before-hide');
  try {
    await folder.io.run(() => rename(folder.pathOf(file.name), folder.pathOf(hidden)));
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
    const fileNo = fileNoOf(folder.bareName(hidden));
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
    await removeIfThere(folder.pathOf(hidden));
    return { outcome: 'deleted' };
  } catch (error) {
    await putBack(folder, hidden, file.name);
    throw error;
  }
}

/** Gives a hidden file its old name, or a similar name that is free. It never overwrites another file. */
export async function putBack(folder: SourceFolder, hidden: string, name: string): Promise<CleanedUp> {
  const path = folder.pathOf(hidden);
  if (!(await isThere(path))) return { outcome: 'absent' };
  const back = await moveInto(folder.path, path, folder.bareName(name));
  return back === undefined ? { outcome: 'absent' } : { outcome: 'put_back', name: folder.nameOf(back) };
}

async function move(
  folder: SourceFolder,
  hidden: string,
  file: ClosedSource,
  { to: target, announce }: Disposal & { readonly kind: 'move' },
): Promise<CleanedUp> {
  await makeFolder(target);
  try {
    const name = await moveInto(target, folder.pathOf(hidden), folder.bareName(file.name), announce);
    return name === undefined ? { outcome: 'absent' } : { outcome: 'moved', path: join(target, name) };
  } catch (error) {
    if (codeOf(error) !== 'EXDEV') throw error;
  }
  const copied = await copyInto(target, folder, hidden, file, announce);
  if (copied === 'gone') return { outcome: 'absent' };
  if (copied === 'changed') return await putBack(folder, hidden, file.name);
  return { outcome: 'moved', path: join(target, copied.name) };
}
