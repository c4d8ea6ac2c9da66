import { link, readdir, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, ErrorWithHint, makeFolder } from '@sluice/process';

/** The error for a folder that cannot be written to. */
function folderError(dir: string, cause: unknown): ErrorWithHint {
  const code = codeOf(cause);
  const where = JSON.stringify(dir);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const hint = 'free some space there, or write elsewhere with --out; no half file was left';
    const full = `the disk is full: no file can be written to ${where} (${code})`;
    return new ErrorWithHint(full, hint, { cause });
  }
  const hint = 'check the folder, or name another with --out';
  return new ErrorWithHint(`${where} cannot be written to (${code})`, hint, { cause });
}

/** Creates the folder, and removes temporary files that a killed generator of this feed left there over a minute ago. */
export async function prepareFolder(dir: string, feed: string): Promise<void> {
  const temporary = new RegExp(`^\\.${feed}_\\d+_\\d+_\\d+\\.csv\\.tmp$`);
  try {
    await makeFolder(dir);
    for (const name of await readdir(dir)) {
      if (!temporary.test(name)) continue;
      const file = join(dir, name);
      if (Date.now() - (await stat(file)).mtimeMs > 60_000) await rm(file, { force: true });
    }
  } catch (error) {
    throw folderError(dir, error);
  }
}

/** A file to be written. `named`: its name, from the seconds since 1970 and a number. */
export interface NewFile {
  readonly feed: string;
  readonly named: (seconds: number, n: number) => string;
  readonly content: string | Uint8Array;
}

/**
 * Writes one file under a temporary name and then links it to the first free name, counting up from `first`. Unlike a rename, a
 * link fails if the name exists, so nothing is ever overwritten.
 *
 * @param write injectable for tests
 * @returns the name and its number
 * @throws {ErrorWithHint} when the folder cannot be written to or the disk is full; no file is left behind
 */
export async function placeFile(
  dir: string,
  first: number,
  { feed, named, content }: NewFile,
  write: (file: string, content: string | Uint8Array) => Promise<void> = (file, content) =>
    writeFile(file, content, { flag: 'wx' }),
): Promise<{ name: string; n: number }> {
  const seconds = Math.floor(Date.now() / 1000);
  const temporary = join(dir, `.${feed}_${seconds}_${first}_${process.pid}.csv.tmp`);
  try {
    await write(temporary, content);
    for (let n = first; ; n++) {
      const name = named(seconds, n);
      if (await linked(temporary, join(dir, name))) {
        await unlink(temporary);
        return { name, n };
      }
    }
  } catch (error) {
    await rm(temporary, { force: true });
    throw folderError(dir, error);
  }
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}
