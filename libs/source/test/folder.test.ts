import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { tempFolder, waitFor } from '@sluice/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SourceFolder } from '../src/folder/folder.ts';
import { type Doorbell, listed, type OpenSource, type Source, UnreadableFile } from '../src/index.ts';
import type { Page } from '../src/source.ts';

/** Names that this file system fails to look at, and what it says that it is. */
const broken = vi.hoisted(() => new Map<string, string>());
const fileSystem = vi.hoisted((): { type?: number; openedAtOnce: number } => ({ openedAtOnce: 0 }));
vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const openSync: typeof real.openSync = (...given) => {
    fileSystem.openedAtOnce += 1;
    return real.openSync(...given);
  };
  const lstatSync = (path: string, o: object) => {
    for (const [name, code] of broken)
      if (path.endsWith(name)) throw Object.assign(new Error(code), { code });
    return real.lstatSync(path, o);
  };
  return { ...real, openSync, lstatSync };
});
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const lstat = async (path: string, o: object) => {
    for (const [name, code] of broken)
      if (path.endsWith(name)) throw Object.assign(new Error(code), { code });
    return await real.lstat(path, o);
  };
  const statfs = async (path: string) => ({ ...(await real.statfs(path)), ...fileSystem });
  return { ...real, lstat, statfs };
});

const [EXT4, NFS] = [0xef53, 0x6969];

let folder: SourceFolder;

async function firstPage(source: Source): Promise<Page> {
  for await (const page of source.list()) return page;
  throw new Error('a listing has at least one page');
}
let server: Server | undefined;

beforeEach(() => {
  folder = new SourceFolder(join(tempFolder(), 'input_data'));
  mkdirSync(folder.path);
});

afterEach(() => {
  broken.clear();
  delete fileSystem.type;
  server?.close();
});

const pathOf = (name: string) => join(folder.path, name);

/** Root may read everything: it becomes another account for a while. */
async function asStranger<T>(work: () => Promise<T>): Promise<T> {
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid?.(65534);
  try {
    return await work();
  } finally {
    if (root) process.seteuid?.(0);
  }
}

async function text(source: OpenSource): Promise<string> {
  const blocks: string[] = [];
  for await (const block of source.blocks()) blocks.push(block.toString());
  return blocks.join('');
}

describe('the source folder', () => {
  it('of a feed takes and gives the names that the files have in the ledger, and no file of another feed', async () => {
    const claim = (name: string) =>
      name.startsWith('orders') ? 'own' : name.startsWith('o') ? 'ambiguous' : 'unclaimed';
    const orders = new SourceFolder(folder.path, { claim, feed: 'orders' });
    for (const name of ['orders.csv', 'other.csv', 'readme', '.hidden']) writeFileSync(pathOf(name), 'a');
    mkdirSync(pathOf('sub'));
    mkdirSync(pathOf('.sluice-copies'));
    symlinkSync('readme', pathOf('link.csv'));
    const { files, ambiguous, unclaimed, specials, folders } = await firstPage(orders);
    expect(files.map(({ name }) => name)).toEqual(['orders/orders.csv']);
    expect([ambiguous, unclaimed, specials, folders]).toEqual([['orders/other.csv'], 1, 1, 1]);
    await using source = await orders.open('orders/orders.csv');
    expect(source).toBeDefined();
    expect(orders.pathOf('orders/orders.csv')).toBe(pathOf('orders.csv'));
    for (const name of ['orders.csv', 'returns/orders.csv', 'orders/../orders.csv', 'orders/']) {
      expect([orders.owns(name), await orders.look(name)]).toEqual([false, undefined]);
      expect(() => orders.pathOf(name)).toThrow('not a name in the source folder');
    }
    expect([folder.owns('orders.csv'), folder.owns('orders/orders.csv')]).toEqual([true, false]);
  });

  it('opens regular files alone, and waits for none: no link, pipe, socket, device or folder', async () => {
    writeFileSync(pathOf('a.csv'), 'a');
    symlinkSync(pathOf('a.csv'), pathOf('link.csv'));
    symlinkSync('/nowhere', pathOf('dangling.csv'));
    symlinkSync('loop.csv', pathOf('loop.csv'));
    mkdirSync(pathOf('folder.csv'));
    execFileSync('mkfifo', [pathOf('pipe.csv')]);
    server = createServer().listen(pathOf('socket.csv'));
    await waitFor(() => existsSync(pathOf('socket.csv')), { what: 'the socket' });
    const files = await listed(folder);
    expect(files.map(({ name }) => name)).toEqual(['a.csv']);
    for (const name of ['link', 'dangling', 'loop', 'folder', 'pipe', 'socket', 'missing']) {
      expect(await folder.open(`${name}.csv`)).toBeUndefined();
      expect(await folder.look(`${name}.csv`)).toBeUndefined();
    }
    expect(await new SourceFolder('/dev').open('null')).toBeUndefined();
  });

  it('never leads outside: such a name is a file that is not there', async () => {
    writeFileSync(join(folder.path, '..', 'outside.csv'), 'no');
    mkdirSync(pathOf('sub'));
    writeFileSync(pathOf('sub/a.csv'), 'no');
    for (const name of ['../outside.csv', join(folder.path, '../outside.csv'), 'sub/a.csv', '..', '.', '']) {
      expect(await folder.open(name)).toBeUndefined();
      expect(await folder.look(name)).toBeUndefined();
    }
    expect(() => folder.pathOf('../outside.csv')).toThrow('not a name in the source folder');
    expect(await folder.open(`${'x'.repeat(300)}.csv`)).toBeUndefined();
  });

  it.each([
    ['a local file system', EXT4],
    ['a network', NFS],
  ])('of %s gives a file from its beginning as often as it is asked, and sees it change', async (_, type) => {
    fileSystem.type = type;
    writeFileSync(pathOf('a.csv'), 'x'.repeat(100_000));
    await using source = await folder.open('a.csv', 100_000);
    if (source === undefined) throw new Error('a.csv is not there');
    expect(await source.size()).toBe(100_000);
    expect((await text(source)).length).toBe(100_000);
    expect((await text(source)).length).toBe(100_000);
    expect(await source.look()).toEqual(source.opened);
    const blocks = source.blocks();
    expect((await blocks.next()).value).toHaveLength(65_536);
    appendFileSync(pathOf('a.csv'), 'y'.repeat(50_000));
    expect(await source.token()).not.toBe(source.opened.token);
    const rest: Buffer[] = [];
    for await (const block of blocks) rest.push(Buffer.from(block));
    expect(Buffer.concat(rest)).toHaveLength(84_464);
    truncateSync(pathOf('a.csv'), 10);
    expect(await text(source)).toBe('x'.repeat(10));
  });

  it('makes synchronous calls only in file systems that cannot hang, and only for small files', async () => {
    writeFileSync(pathOf('a.csv'), 'a');
    const [most, tooMuch] = [256 * 1024, 256 * 1024 + 1];
    const local = [EXT4, 0x58465342, 0x9123683e, 0x9123683e | 0, 0x01021994, 0x794c7630];
    const others = [
      NFS,
      0xff534d42,
      0xff534d42 | 0,
      0xfe534d42,
      0x65735546,
      0x00c36400,
      0x01021997,
      0x0bd00bd0,
      1,
    ];
    for (const [type, bytes, atOnce] of [
      ...local.map((one) => [one, most, 1] as const),
      ...local.map((one) => [one, tooMuch, 0] as const),
      ...others.map((one) => [one, 1, 0] as const),
    ]) {
      Object.assign(fileSystem, { type, openedAtOnce: 0 });
      await using source = await new SourceFolder(folder.path).open('a.csv', bytes);
      expect([source !== undefined, type, bytes, fileSystem.openedAtOnce]).toEqual([
        true,
        type,
        bytes,
        atOnce,
      ]);
    }
  });

  it('says which file may not be read', async () => {
    writeFileSync(pathOf('a.csv'), 'a');
    chmodSync(pathOf('a.csv'), 0);
    await asStranger(async () => {
      const refusal = { name: 'UnreadableFile', file: 'a.csv', code: 'EACCES' };
      await expect(folder.open('a.csv')).rejects.toMatchObject(refusal);
      const [file] = await listed(folder);
      if (file === undefined) throw new Error('a.csv is not listed');
      await expect(folder.contentHash(file)).rejects.toMatchObject(refusal);
      expect(await folder.trouble('a.csv')).toMatchObject(refusal);
    });
    chmodSync(pathOf('a.csv'), 0o644);
    expect(await asStranger(() => folder.trouble('a.csv'))).toBeUndefined();
  });

  it.skipIf(!existsSync('/proc/self/mem'))('says which file the disk does not give', async () => {
    // The memory at 0 of this process: a regular file that can be opened, and whose reading fails.
    await using source = await new SourceFolder('/proc/self').open('mem');
    if (source === undefined) throw new Error('mem is not there');
    await expect(text(source)).rejects.toMatchObject({ name: 'UnreadableFile', file: 'mem', code: 'EIO' });
  });

  it.each([
    ['a local file system', EXT4],
    ['a network', NFS],
  ])('lists all other files of %s when one cannot even be looked at', async (_, type) => {
    fileSystem.type = type;
    for (const name of ['a.csv', 'b.csv', 'c.csv', 'd.csv']) writeFileSync(pathOf(name), name);
    broken.set('b.csv', 'EIO').set('c.csv', 'ESTALE');
    const { files, unreadable } = await firstPage(folder);
    expect(files.map(({ name }) => name)).toEqual(['a.csv', 'd.csv']);
    expect(unreadable).toMatchObject([{ file: 'b.csv', code: 'EIO' }]);
    expect(unreadable[0]).toBeInstanceOf(UnreadableFile);
  });

  it('fails as a whole where no file in it may be looked at', async () => {
    writeFileSync(pathOf('a.csv'), 'a');
    chmodSync(folder.path, 0o444);
    await asStranger(() => expect(listed(folder)).rejects.toMatchObject({ code: 'EACCES' }));
    chmodSync(folder.path, 0o755);
  });

  it('has another identity once it was made again, and none while it is missing or no folder', async () => {
    const first = await folder.identity();
    expect(first).toBeDefined();
    rmSync(folder.path, { recursive: true });
    expect(await folder.identity()).toBeUndefined();
    writeFileSync(folder.path, '');
    expect(await folder.identity()).toBeUndefined();
    rmSync(folder.path);
    mkdirSync(folder.path);
    expect(await folder.identity()).toBeDefined();
    expect(await folder.identity()).not.toBe(first);
  });
});

describe('the doorbell', () => {
  let rings = 0;
  let names: (string | undefined)[] = [];
  let doorbell: Doorbell;

  /** What a scan does first, until it rings no more of its own. */
  const look = async () => await doorbell.watch();
  const rung = async (what: string) => {
    await waitFor(() => rings > 0, { what: `a ring for ${what}` });
    rings = 0;
  };

  beforeEach(async () => {
    rings = 0;
    names = [];
    doorbell = folder.doorbell((name) => {
      rings += 1;
      names.push(name);
    });
    await look();
    await rung('being ready');
  });
  afterEach(() => doorbell.close());

  it('rings for a file that comes', async () => {
    writeFileSync(pathOf('a.csv'), 'a');
    await rung('the file');
    expect(names).toContain('a.csv');
    // A name that is not UTF-8 says nothing, so all is looked at.
    names = [];
    writeFileSync(Buffer.concat([Buffer.from(`${folder.path}/`), Buffer.from([0xff])]), 'a');
    await rung('the file without a readable name');
    expect(names).toContain(undefined);
  });

  it('rings when the folder is removed, and in the one that is made again', async () => {
    rmSync(folder.path, { recursive: true });
    await rung('the removal');
    await look();
    mkdirSync(folder.path);
    await look();
    await rung('the new folder');
    writeFileSync(pathOf('a.csv'), 'a');
    await rung('the file');
  });

  it('rings in a folder that was away for a moment', async () => {
    const away = `${folder.path}-away`;
    renameSync(folder.path, away);
    renameSync(away, folder.path);
    await rung('the move');
    await look();
    // The move may still ring: files come until one is heard.
    let files = 0;
    await waitFor(
      async () => {
        rings = 0;
        files += 1;
        writeFileSync(pathOf(`${files}.csv`), 'a');
        await waitFor(() => rings > 0, { what: 'a ring', timeoutMs: 500 });
        return true;
      },
      { what: 'a ring for a file' },
    );
  });
});
