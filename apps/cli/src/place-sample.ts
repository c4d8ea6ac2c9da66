import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, lstat, open, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { filePattern, schemeOf } from '@sluice/core';
import { codeOf, ErrorWithHint, makeFolder } from '@sluice/process';
import { shownFolder } from './banner.ts';

/**
 * Copies a file into a source folder so that a watcher sees it only when it is whole: it gets a hidden name first, is flushed to
 * the disk, and is then given its own name.
 *
 * @returns its path, and whether the same file was there already
 * @throws {ErrorWithHint} when the feed would not take the file, or another one has its name
 */
export async function placeSample(
  sample: string,
  { source, files }: { readonly source: string; readonly files: readonly string[] },
): Promise<{ readonly path: string; readonly wasThere: boolean }> {
  const name = basename(sample);
  if (schemeOf(source) !== undefined)
    throw new ErrorWithHint(
      `a sample is copied only into a folder, and the source is ${source}`,
      'put the file there yourself, as whoever sends the files does',
    );
  if (!filePattern(files).takes(name)) {
    throw new ErrorWithHint(
      `the feed takes no file of the name ${JSON.stringify(name)}: its patterns are ${files.join(', ')}`,
      'add a pattern to "files" in its YAML, or copy the file into the source under a name that one takes',
    );
  }
  const path = join(source, name);
  const hidden = join(source, `.${name}.${process.pid}.tmp`);
  try {
    await makeFolder(source);
    if (await isThere(path)) {
      if ((await hashOf(sample)) === (await hashOf(path))) return { path, wasThere: true };
      throw new ErrorWithHint(
        `another file of the name ${name} lies in ${shownFolder(source)}, and was not changed`,
        'give the sample another name, or remove that file',
      );
    }
    await copyFile(sample, hidden);
    await flushed(hidden);
    await rename(hidden, path);
    return { path, wasThere: false };
  } catch (error) {
    if (error instanceof ErrorWithHint) throw error;
    throw new ErrorWithHint(
      `${shownFolder(sample)} cannot be copied to ${shownFolder(path)} (${codeOf(error)})`,
      'check that it is a file, and that this user may write there',
    );
  } finally {
    await rm(hidden, { force: true });
  }
}

async function isThere(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    (error) => {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    },
  );
}

async function flushed(path: string): Promise<void> {
  await using file = await open(path, 'r+');
  await file.sync();
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const block of createReadStream(path)) hash.update(block);
  return hash.digest('hex');
}
