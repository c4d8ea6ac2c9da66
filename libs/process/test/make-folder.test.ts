import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from '@sluice/testkit';
import { expect, test } from 'vitest';
import { ErrorWithHint } from '../src/errors.ts';
import { fileTrouble } from '../src/file-trouble.ts';
import { makeFolder, makeFolderAtOnce, makeFolderOf } from '../src/make-folder.ts';

const NO_FOLDER = '/proc/no-such/folder/here';

test('a folder is made with those above it, also by several at once, and one that is there is fine', async () => {
  const top = tempFolder();
  const path = join(top, 'a/b/c');
  await Promise.all(Array.from({ length: 10 }, () => makeFolder(path)));
  expect(existsSync(path)).toBe(true);
  expect(await makeFolder(path)).toBe(false);
  expect(makeFolderAtOnce(join(top, 'd/e'))).toBe(true);
  expect(makeFolderAtOnce(join(top, 'd/e'))).toBe(false);
});

test('where no folder can be made it fails, although the system says of each folder that it is not there', async () => {
  await expect(makeFolder(NO_FOLDER)).rejects.toMatchObject({ code: 'ENOENT' });
  const file = join(tempFolder(), 'file');
  writeFileSync(file, '');
  for (const [path, reason] of [
    [NO_FOLDER, 'no folder can be made there'],
    [join(file, 'below'), 'a part of its path is a file'],
    [file, 'there is a file of that name'],
  ] as const) {
    const make = () => makeFolderOf('DATA_DIR', path);
    expect(make).toThrow(ErrorWithHint);
    expect(make).toThrow(`nothing can be written into the folder ${path} (DATA_DIR): ${reason}`);
  }
});

test('an error of a file system gets words and what to do, any other is none of it', () => {
  const full = Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC', path: '/data/x' });
  expect(fileTrouble(full)).toMatchObject({
    message: '/data/x cannot be used (ENOSPC): the disk is full',
    hint: 'free space there',
  });
  expect(fileTrouble(new Error('else'))).toBeUndefined();
});
