import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Ability, ProvedCleanUp } from '../source.ts';

/** What this account may do in a folder, by its rights: whoever may write in a folder may move its files. Nothing is changed. */
export async function proveFolder(path: string, { deletes, movesTo }: ProvedCleanUp): Promise<Ability[]> {
  const listed = await judgeReading(path);
  if (!listed.ok || (!deletes && movesTo.length === 0)) return [listed];
  const cleans = deletes ? 'delete' : 'archive';
  const found: Ability[] = [listed];
  if ((await isThere(path)) && !(await may(path, constants.W_OK)))
    found.push({
      ...{ may: cleans, ok: false, found: `${path} cannot be written to` },
      hint: 'let this user write there, or switch its clean-up off',
    });
  for (const folder of movesTo) found.push(await judgeWriting(folder));
  return found;
}

async function judgeReading(path: string): Promise<Ability> {
  const refused = (found: string, hint: string): Ability => ({ may: 'list', ok: false, found, hint });
  if (!(await isThere(path))) {
    const parent = await nearest(path);
    if (await may(parent, constants.W_OK))
      return { may: 'list', ok: true, found: `${path} (the watcher makes it)` };
    return refused(`${path} is not there`, `make it, or let this user write in ${parent}`);
  }
  if (!(await stat(path)).isDirectory()) return refused(`${path} is a file`, 'name a folder');
  if (await may(path, constants.R_OK | constants.X_OK)) return { may: 'list', ok: true, found: path };
  return refused(`${path} cannot be read`, 'let this user read and enter it');
}

async function judgeWriting(folder: string): Promise<Ability> {
  const place = await nearest(folder);
  if ((await stat(place)).isDirectory() && (await may(place, constants.W_OK | constants.X_OK)))
    return { may: 'archive', ok: true, found: folder };
  return {
    ...{ may: 'archive', ok: false, found: `${place} cannot be written to` },
    hint: 'let this user write there',
  };
}

/** The folder itself, or its nearest parent that exists. */
async function nearest(path: string): Promise<string> {
  return (await isThere(path)) || dirname(path) === path ? path : nearest(dirname(path));
}

async function isThere(path: string): Promise<boolean> {
  return await may(path, constants.F_OK);
}

async function may(path: string, mode: number): Promise<boolean> {
  try {
    await access(path, mode);
    return true;
  } catch {
    return false; // a missing path is an answer, not an error
  }
}
