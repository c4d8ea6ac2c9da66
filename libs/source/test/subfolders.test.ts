import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder, waitFor } from '@sluice/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SourceFolder } from '../src/folder/folder.ts';
import { type Doorbell, listed } from '../src/index.ts';
import type { Page } from '../src/source.ts';

let top: string;
let source: SourceFolder;

beforeEach(() => {
  top = tempFolder();
  source = new SourceFolder(join(top, 'input_data'), { deep: true, feed: 'orders', claim: () => 'own' });
  mkdirSync(source.path);
});

function put(path: string, content = path): void {
  mkdirSync(join(source.path, path, '..'), { recursive: true });
  writeFileSync(join(source.path, path), content);
}

const names = async () => (await listed(source)).map(({ name }) => name).sort();

async function firstPage(): Promise<Page> {
  for await (const page of source.list()) return page;
  throw new Error('a listing has at least one page');
}

describe('folders below a source', () => {
  it('are looked into, but for hidden ones, links, and those that are too deep, which are counted', async () => {
    put('a.csv');
    put('2026/a.csv');
    put('.hidden/a.csv');
    mkdirSync(join(top, 'elsewhere'));
    writeFileSync(join(top, 'elsewhere', 'a.csv'), 'no');
    symlinkSync(join(top, 'elsewhere'), join(source.path, 'link'));
    symlinkSync('..', join(source.path, '2026', 'cycle'));
    const deep = Array.from({ length: 17 }, (_, i) => String(i)).join('/');
    put(`${deep}/too-deep.csv`);
    const { files, folders, specials } = await firstPage();
    expect(files.map(({ name }) => name).sort()).toEqual(['orders/2026/a.csv', 'orders/a.csv']);
    expect([folders, specials]).toEqual([1, 2]);
    expect(await source.open(`orders/${deep}/too-deep.csv`)).toBeUndefined();
    for (const name of ['link/a.csv', '2026/cycle/a.csv', '2026/cycle/2026/a.csv'])
      expect([await source.open(`orders/${name}`), await source.look(`orders/${name}`)]).toEqual([
        undefined,
        undefined,
      ]);
  });

  it.each(['1', '1/2', '1/2/3'])('are not followed when a link takes the place of %s', async (step) => {
    put('1/2/3/a.csv');
    const file = await source.look('orders/1/2/3/a.csv');
    if (file === undefined) throw new Error('it is not there');
    renameSync(join(source.path, step), join(top, 'moved'));
    symlinkSync(join(top, 'moved'), join(source.path, step));
    expect([await source.open(file.name), await source.look(file.name)]).toEqual([undefined, undefined]);
    expect((await source.looks([file.name])).files).toEqual([]);
    const closed = { ...file, fileNo: 7 as never, contentHash: null };
    const to = join(top, 'archive');
    expect(await source.dispose(closed, { kind: 'move', to, announce: async () => undefined })).toEqual({
      outcome: 'absent',
    });
  });

  it('that are renamed while they are listed are found under one of their names, and again by the next listing', async () => {
    for (let i = 0; i < 40; i += 1) put(`${i}/a.csv`);
    const listing = source.list();
    const renaming = (async () => {
      for (let i = 0; i < 40; i += 1) {
        renameSync(join(source.path, String(i)), join(source.path, `new-${i}`));
        await new Promise(setImmediate);
      }
    })();
    const seen: string[] = [];
    for await (const { files } of listing) seen.push(...files.map(({ name }) => name));
    await renaming;
    expect(new Set(seen).size).toBe(seen.length);
    expect(await names()).toEqual(Array.from({ length: 40 }, (_, i) => `orders/new-${i}/a.csv`).sort());
  });

  it('keep a hidden file where it lies when one is renamed in the middle of a clean-up', async () => {
    put('1/a.csv', 'one');
    const file = await source.look('orders/1/a.csv');
    if (file === undefined) throw new Error('it is not there');
    renameSync(join(source.path, '1/a.csv'), join(source.path, '1/.sluice-7-0a1b2c'));
    renameSync(join(source.path, '1'), join(source.path, '2'));
    expect(await source.unfinished()).toEqual([{ hidden: 'orders/2/.sluice-7-0a1b2c', fileNo: 7 }]);
    expect(await source.putBack('orders/2/.sluice-7-0a1b2c', file.name)).toEqual({
      outcome: 'put_back',
      name: 'orders/2/a.csv',
    });
  });

  it('are made again for a file that is brought back', async () => {
    writeFileSync(join(top, 'archived.csv'), 'a');
    await source.takeBack('orders/2026/01/a.csv', join(top, 'archived.csv'));
    expect(await names()).toEqual(['orders/2026/01/a.csv']);
  });
});

describe('the doorbell of folders below a source', () => {
  let doorbell: Doorbell | undefined;
  afterEach(() => doorbell?.close());

  it('rings with the path of a file, also in a folder that was found or made again since', async () => {
    const rung: (string | undefined)[] = [];
    put('2026/a.csv');
    doorbell = source.doorbell((name) => rung.push(name));
    await doorbell.watch();
    await names();
    expect(await doorbell.isCurrent()).toBe(false);
    await doorbell.watch();
    expect(await doorbell.isCurrent()).toBe(true);
    put('2026/b.csv');
    await waitFor(() => rung.includes('2026/b.csv'), { what: 'a ring for the file' });
    rmSync(join(source.path, '2026'), { recursive: true });
    const bell = doorbell;
    await waitFor(async () => !(await bell.isCurrent()), { what: 'the end of the folder' });
    put('2026/c.csv');
    await names();
    await doorbell.watch();
    put('2026/d.csv');
    await waitFor(() => rung.includes('2026/d.csv'), { what: 'a ring in the folder that was made again' });
  });
});
