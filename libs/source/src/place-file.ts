import { randomBytes } from 'node:crypto';
import { type FileHandle, link, lstat, mkdir, open, readdir, rename, rmdir, unlink } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { FileNo, FoundFile } from '@sluice/core';
import { codeOf, killPoint } from '@sluice/process';
import type { SourceFolder } from './folder.ts';

/** A name of NAME_MAX bytes is the longest that file systems take. */
const NAME_MAX = 255;

/** A file system without hard links, or files of another owner: the kernel refuses to link what it lets us rename. */
const NO_LINK = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** Where a copy to another file system waits until it is whole: a folder in the one it goes to, there for as long as that takes. */
const COPIES = '.sluice-copies';

/** What every name begins with under which a file waits between its place and the next. Never a source name. */
export const HIDDEN_PREFIX = '.sluice-';

/**
 * A new hidden name for a version. It is never used twice: a rename overwrites, so two processes that hid files under one
 * name could lose one of them.
 */
export function hiddenName(fileNo: FileNo): string {
  return `${HIDDEN_PREFIX}${fileNo}-${randomBytes(6).toString('hex')}`;
}

/**
 * The name, then `name~2.ext`, `name~3.ext` and so on, shortened where it would become too long. `.csv.gz` is one ending:
 * each of the names is a source name when the first is.
 */
function* namesFor(name: string): Generator<string> {
  yield name;
  const ext = /\.csv\.(gz|zst)$/i.exec(name)?.[0] ?? extname(name);
  for (let n = 2; ; n += 1) {
    const end = `~${n}${ext}`;
    const stem = [...name.slice(0, name.length - ext.length)];
    while (Buffer.byteLength(stem.join('') + end) > NAME_MAX) stem.pop();
    yield stem.join('') + end;
  }
}

/** So many names of one file are looked at, where no record says which it has. */
const TAKEN_AT_MOST = 9;

/** The paths in a folder that {@link moveInto} may have given files of this name, up to the first that is free: nine at most. */
export async function* takenNames(folder: string, name: string): AsyncGenerator<string> {
  for (const candidate of namesFor(name).take(TAKEN_AT_MOST)) {
    const path = join(folder, candidate);
    if (!(await isThere(path).catch(() => false))) return;
    yield path;
  }
}

/**
 * Gives the file at `from` the first of its names that is free in `folder`, and takes `from` away. Never over another file;
 * done again after a crash, or in two processes at once, it ends in one place. Returns that name; undefined when
 * `from` is gone, which means that another process has done it.
 *
 * @param announce is told each path before it is taken
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
 * As {@link moveInto}, to another file system: copies, makes the copy durable, gives it its name, and only then takes the
 * source away (I5). A copy that a crash left half done is removed by the next try.
 *
 * @returns `changed` when somebody wrote to the file meanwhile: nothing was moved
 */
export async function copyInto(
  folder: string,
  source: SourceFolder,
  hidden: string,
  file: FoundFile & { readonly fileNo: FileNo },
  announce: (path: string) => Promise<void>,
): Promise<{ readonly name: string } | 'gone' | 'changed'> {
  const copies = join(folder, COPIES);
  await removeHalfCopies(copies, file.fileNo);
  const temporary = join(copies, hiddenName(file.fileNo));
  try {
    const copied = await copy(source, hidden, file, temporary);
    if (copied !== 'copied') return copied;
    for (const candidate of namesFor(file.name)) {
      const to = join(folder, candidate);
      const taken = await isTaken(temporary, to);
      if (taken && !(await isSameCopy(temporary, to))) continue;
      await announce(to);
      if (!taken && !(await takeName(temporary, to)) && !(await isSameCopy(temporary, to))) continue;
      await syncFolder(folder);
      await removeIfThere(temporary);
      await removeIfThere(source.pathOf(hidden));
      return { name: candidate };
    }
    return 'gone';
  } catch (error) {
    // Another process copies the same file and has taken this copy for a leftover.
    if (codeOf(error) === 'ENOENT' && !(await isThere(temporary))) return 'gone';
    throw error;
  } finally {
    await removeIfThere(temporary);
    // Not while another process has a copy in it.
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
  await mkdir(copies, { recursive: true });
  const names = await readdir(copies);
  const leftovers = names.filter((name) => name.startsWith(`${HIDDEN_PREFIX}${fileNo}-`));
  await Promise.all(leftovers.map((name) => removeIfThere(join(copies, name))));
}

/** True when another file than this one lies there. */
async function isTaken(from: string, to: string): Promise<boolean> {
  return (await isThere(to)) && !(await isSameFile(from, to));
}

/** Gives a file a second name if that is free, or is its own already. Where there are no links it is renamed instead. */
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

/** A rename overwrites, so the name is taken first, by an empty file that only one process can make. */
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

/** True for a copy of the same content and time: what a crash left complete, before it took the source away. */
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

/** Makes a new name durable: the two file systems' journals know nothing of each other. */
async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder);
  await handle.sync();
}

/** Removes a file; that another process was quicker is well. */
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
