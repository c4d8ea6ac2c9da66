import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf, ErrorWithHint } from './errors.ts';
import { fileReason } from './file-trouble.ts';

// Node's own way to make a folder with those above it never ends where the system says of each that it is not there, as /proc does.

/** Makes a folder, and those above it. False: it was there already. */
export async function makeFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && (await stat(path)).isDirectory()) return false;
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    return await mkdir(path).then(() => true, falseIfThere);
  }
}

/** {@link makeFolder} by synchronous calls. */
export function makeFolderAtOnce(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && statSync(path).isDirectory()) return false;
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    makeFolderAtOnce(dirname(path));
    try {
      mkdirSync(path);
      return true;
    } catch (again) {
      return falseIfThere(again);
    }
  }
}

/** Another process may have made it meanwhile. */
function falseIfThere(error: unknown): false {
  if (codeOf(error) === 'EEXIST') return false;
  throw error;
}

/**
 * Makes the folder that a setting names, and checks that files can be written into it.
 *
 * @throws {ErrorWithHint} that names the setting
 */
export function makeFolderOf(setting: string, path: string): void {
  try {
    makeFolderAtOnce(path);
    accessSync(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = codeOf(error) === 'ENOENT' ? 'no folder can be made there' : fileReason(error);
    throw new ErrorWithHint(
      `nothing can be written into the folder ${path} (${setting}): ${reason}`,
      `let this user write there, or set ${setting} to another folder`,
      { cause: error },
    );
  }
}
