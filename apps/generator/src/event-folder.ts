import { link, mkdir, readdir, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, ErrorWithHint } from '@sluice/process';
import { type GeneratedRow, headerLine } from './events.ts';

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

/** Creates the folder, and removes temporary files that a killed generator left there over a minute ago. */
export async function prepareFolder(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true });
    for (const name of await readdir(dir)) {
      if (!/^\.events_\d+_\d+_\d+\.csv\.tmp$/.test(name)) continue;
      const file = join(dir, name);
      if (Date.now() - (await stat(file)).mtimeMs > 60_000) await rm(file, { force: true });
    }
  } catch (error) {
    throw folderError(dir, error);
  }
}

/**
 * Writes one file under a temporary name and then links it to the first free name `events_<unix seconds>_<n>.csv`, counting
 * up from `first`. Unlike a rename, a link fails if the name exists, so nothing is ever overwritten.
 *
 * @param write injectable for tests
 * @returns the name and its `n`
 * @throws {ErrorWithHint} when the folder cannot be written to or the disk is full; no file is left behind
 */
export async function writeEventFile(
  dir: string,
  first: number,
  rows: readonly GeneratedRow[],
  write: (file: string, text: string) => Promise<void> = (file, text) =>
    writeFile(file, text, { flag: 'wx' }),
): Promise<{ name: string; n: number }> {
  const seconds = Math.floor(Date.now() / 1000);
  const temporary = join(dir, `.events_${seconds}_${first}_${process.pid}.csv.tmp`);
  try {
    await write(temporary, `${[headerLine, ...rows.map(({ line }) => line)].join('\n')}\n`);
    for (let n = first; ; n++) {
      const name = `events_${seconds}_${n}.csv`;
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
