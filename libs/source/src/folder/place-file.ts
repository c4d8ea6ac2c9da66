import { type FileHandle, link, lstat, open, readdir, rename, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileNo, FoundFile } from '@sluice/core';
import { codeOf, killPoint, makeFolder } from '@sluice/process';
import { HIDDEN_PREFIX, hiddenName, namesFor } from '../hidden-names.ts';
import type { SourceFolder } from './folder.ts';
import { splitPath } from './steps.ts';

/** Errors of a file system without hard links, or for another owner's file, which the kernel lets us rename but not link. */
const NO_LINK = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** A copy to another file system is made in this subfolder of its target. The subfolder exists only while a copy is made. */
const COPIES = '.sluice-copies';

/** How many names of a file are tried when no record says which one it has. */
const TAKEN_AT_MOST = 9;

/** The paths in a folder that {@link moveInto} may have given to files of this name, up to the first free one, nine at most. */
export async function* takenPaths(folder: string, name: string): AsyncGenerator<string> {
  for (const candidate of namesFor(name).take(TAKEN_AT_MOST)) {
    const path = join(folder, candidate);
    if (!(await isThere(path).catch(() => false))) return;
    yield path;
  }
}

/**
 * Moves the file at `from` into `folder`, under the first of its names that is free. It never overwrites another file. If it is
 * repeated after a crash, or runs in two processes at once, the file still ends up in one place. Returns the name; undefined
 * when `from` is gone, which means that another process has moved it.
 *
 * @param announce is called with each path before the file gets it
 */
export async function moveInto(
  folder: string,
  from: string,
  name: string,
  announce?: (path: string) => Promise<void>,
): Promise<string | undefined> {
  for (const candidate of namesFor(name)) {
    const to = join(folder, candidate);
    try {
      if (await isTaken(from, to)) continue;
      await announce?.(to);
      killPoint('clean-up:before-place');
      if (!(await takeName(from, to))) continue;
      killPoint('clean-up:placed');
      await removeIfThere(from);
      killPoint('clean-up:removed');
      return candidate;
    } catch (error) {
      if (codeOf(error) === 'ENOENT' && !(await isThere(from))) return undefined;
      throw error;
    }
  }
  return undefined;
}

/**
 * Like {@link moveInto}, but to another file system, from the hidden name whose path is `from`: copies the file, makes the copy durable, gives it its name, and only then
 * removes the source (I5). If a crash leaves a copy half done, the next try removes it.
 *
 * @returns `changed` when somebody wrote to the file in the meantime: nothing was moved
 */
export async function copyInto(
  folder: string,
  source: SourceFolder,
  { hidden, from }: { readonly hidden: string; readonly from: string },
  file: FoundFile & { readonly fileNo: FileNo },
  announce: (path: string) => Promise<void>,
): Promise<{ readonly name: string } | 'gone' | 'changed'> {
  const copies = join(folder, COPIES);
  await removeHalfCopies(copies, file.fileNo);
  const temporary = join(copies, hiddenName(file.fileNo));
  try {
    const copied = await copy(source, hidden, file, temporary);
    if (copied !== 'copied') return copied;
    for (const candidate of namesFor(splitPath(source.bareName(file.name)).name)) {
      const to = join(folder, candidate);
      const taken = await isTaken(temporary, to);
      if (taken && !(await isSameCopy(temporary, to))) continue;
      await announce(to);
      if (!taken && !(await takeName(temporary, to)) && !(await isSameCopy(temporary, to))) continue;
      await syncFolder(folder);
      await removeIfThere(temporary);
      await removeIfThere(from);
      return { name: candidate };
    }
    return 'gone';
  } catch (error) {
    // Another process is copying the same file and has removed this copy as a leftover.
    if (codeOf(error) === 'ENOENT' && !(await isThere(temporary))) return 'gone';
    throw error;
  } finally {
    await removeIfThere(temporary);
    // This fails while another process has a copy in the folder, which is fine.
    await rmdir(copies).catch(() => undefined);
  }
}

async function copy(
  folder: SourceFolder,
  hidden: string,
  file: FoundFile,
  to: string,
): Promise<'copied' | 'gone' | 'changed'> {
  await using source = await folder.open(hidden);
  const look = await folder.look(hidden);
  if (source === undefined || look === undefined) return 'gone';
  await using target: FileHandle = await open(to, 'wx', look.mode);
  await target.writeFile(source.blocks());
  if ((await source.token()) !== file.token) return 'changed';
  const modifiedAt = new Date(look.modifiedAt);
  await target.utimes(modifiedAt, modifiedAt);
  await target.sync();
  return 'copied';
}

async function removeHalfCopies(copies: string, fileNo: FileNo): Promise<void> {
  await makeFolder(copies);
  const names = await readdir(copies);
  const leftovers = names.filter((name) => name.startsWith(`${HIDDEN_PREFIX}${fileNo}-`));
  await Promise.all(leftovers.map((name) => removeIfThere(join(copies, name))));
}

/** True when there is a different file at `to`. */
async function isTaken(from: string, to: string): Promise<boolean> {
  return (await isThere(to)) && !(await isSameFile(from, to));
}

/** Gives a file a second name. True if the name was free or was its own already. Without hard links, the file is renamed. */
async function takeName(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST') return await isSameFile(from, to);
    if (!NO_LINK.has(code)) throw error;
    return await renameOntoPlaceholder(from, to);
  }
}

/** A rename overwrites, so an empty file, which only one process can create, reserves the name first. */
async function renameOntoPlaceholder(from: string, to: string): Promise<boolean> {
  try {
    const placeholder = await open(to, 'wx');
    await placeholder.close();
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    await removeIfThere(to);
    throw error;
  }
}

async function isSameFile(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([a, b].map((path) => lstat(path, { bigint: true })));
  return one !== undefined && one.ino === other?.ino && one.dev === other.dev;
}

/** True for a complete copy with the same content and mtime, which a crash can leave before the source is removed. */
async function isSameCopy(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([lstat(a), lstat(b)]);
  if (!other.isFile() || one.size !== other.size || Math.abs(one.mtimeMs - other.mtimeMs) >= 1) return false;
  await using left = await open(a);
  await using right = await open(b);
  for (const blockSize = 64 * 1024; ; ) {
    const [x, y] = await Promise.all([
      left.read(Buffer.alloc(blockSize), 0, blockSize, null),
      right.read(Buffer.alloc(blockSize), 0, blockSize, null),
    ]);
    const same = x.buffer.subarray(0, x.bytesRead).equals(y.buffer.subarray(0, y.bytesRead));
    if (!same || x.bytesRead === 0) return same;
  }
}

/** Makes a new name durable. Two file systems have separate journals, so otherwise a crash could lose both names. */
async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder);
  await handle.sync();
}

/** Removes a file. It is fine if another process has removed it first. */
export async function removeIfThere(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
}

export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
