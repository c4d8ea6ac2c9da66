import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { FileNo } from '@sluice/core';
import { tempFolder } from '@sluice/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cleanUpFile, finishHidden, hiddenFiles, putBack } from '../src/folder/clean-up.ts';
import { SourceFolder } from '../src/folder/folder.ts';
import type { ClosedSource, Disposal } from '../src/source.ts';

let source: SourceFolder;
let archive: string;

beforeEach(() => {
  source = new SourceFolder(join(tempFolder(), 'input_data'));
  mkdirSync(source.path);
  archive = join(tempFolder(), 'archive', '2026', '01', '31');
  announced = [];
});

async function drop(name: string, content: string, fileNo = 7): Promise<ClosedSource> {
  writeFileSync(join(source.path, name), content);
  const file = await source.look(name);
  if (file === undefined) throw new Error(`${name} is not there`);
  return { ...file, fileNo: fileNo as FileNo, contentHash: sha256(content) };
}

const contents = (folder: string): Record<string, string> =>
  existsSync(folder)
    ? Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
    : {};

const sha256 = (content: string) => createHash('sha256').update(content).digest('hex');

/** The paths that were announced, in order. */
let announced: string[];

function toFolder(folder: string): Disposal {
  return { kind: 'move', to: folder, announce: async (path) => void announced.push(path) };
}

const toArchive = () => toFolder(archive);

/** What a crash right after the rename leaves. */
function hide(name: string, hidden = '.sluice-7-0a1b2c'): string {
  renameSync(join(source.path, name), join(source.path, hidden));
  return hidden;
}

describe('clean-up of a closed file', () => {
  it('archives it and leaves nothing behind', async () => {
    const file = await drop('a.csv', 'one');
    expect(await cleanUpFile(source, file, toArchive())).toEqual({
      outcome: 'moved',
      path: join(archive, 'a.csv'),
    });
    expect([contents(source.path), contents(archive)]).toEqual([{}, { 'a.csv': 'one' }]);
  });

  it('deletes it', async () => {
    const file = await drop('a.csv', 'one');
    expect(await cleanUpFile(source, file, { kind: 'delete' })).toEqual({ outcome: 'deleted' });
    expect(contents(source.path)).toEqual({});
  });

  it('never overwrites: names that are taken are counted on, also at the longest length', async () => {
    const long = `${'ü'.repeat(125)}.csv`;
    for (const content of ['one', 'two', 'three']) {
      await cleanUpFile(source, await drop('a.csv', content), toArchive());
      await cleanUpFile(source, await drop(long, content), toArchive());
      await cleanUpFile(source, await drop('a.CSV.gz', content), toArchive());
    }
    const archived = contents(archive);
    expect(archived).toMatchObject({ 'a.csv': 'one', 'a~2.csv': 'two', 'a~3.csv': 'three' });
    expect(archived).toMatchObject({ 'a.CSV.gz': 'one', 'a~2.CSV.gz': 'two', 'a~3.CSV.gz': 'three' });
    expect(Object.keys(archived)).toHaveLength(9);
  });

  it('announces the path that it will have before it has it, and no path that another file has', async () => {
    await cleanUpFile(source, await drop('a.csv', 'one'), toArchive());
    const there: boolean[] = [];
    const announce = async (path: string) => {
      announced.push(path);
      there.push(existsSync(path));
    };
    await cleanUpFile(source, await drop('a.csv', 'two'), { kind: 'move', to: archive, announce });
    expect(announced).toEqual([join(archive, 'a.csv'), join(archive, 'a~2.csv')]);
    expect(there).toEqual([false]);
  });

  it('goes back under its name when the path cannot be announced', async () => {
    const file = await drop('a.csv', 'one');
    const announce = () => Promise.reject(new Error('the ledger is away'));
    await expect(cleanUpFile(source, file, { kind: 'move', to: archive, announce })).rejects.toThrow('away');
    expect([contents(source.path), contents(archive)]).toEqual([{ 'a.csv': 'one' }, {}]);
  });

  it('deletes nothing but the content that was loaded: another one of the same token goes back', async () => {
    const file = await drop('a.csv', 'one');
    const hidden = hide('a.csv');
    writeFileSync(join(source.path, hidden), 'two');
    utimesSync(join(source.path, hidden), new Date(), new Date(1_767_000_000_000));
    const token = (await source.look(hidden))?.token ?? file.token;
    const version = { ...file, token };
    expect(await finishHidden(source, hidden, version, { kind: 'delete' })).toMatchObject({
      outcome: 'put_back',
    });
    expect(contents(source.path)).toEqual({ 'a.csv': 'two' });
    const unproved = { ...version, changedAt: null, contentHash: null };
    expect(await cleanUpFile(source, unproved, { kind: 'delete' })).toEqual({ outcome: 'absent' });
    expect(contents(source.path)).toEqual({ 'a.csv': 'two' });
  });

  it('leaves one with another ctime to the watcher, which compares it', async () => {
    const file = await drop('a.csv', 'one');
    chmodSync(join(source.path, 'a.csv'), 0o600);
    for (const disposal of [toArchive(), { kind: 'delete' } as const])
      expect(await cleanUpFile(source, file, disposal)).toEqual({ outcome: 'absent' });
    expect(contents(source.path)).toEqual({ 'a.csv': 'one' });
  });

  it('leaves another version alone, and one that is gone', async () => {
    const file = await drop('a.csv', 'one');
    writeFileSync(join(source.path, 'a.csv'), 'another');
    expect(await cleanUpFile(source, file, { kind: 'delete' })).toEqual({ outcome: 'absent' });
    expect(contents(source.path)).toEqual({ 'a.csv': 'another' });
    rmSync(join(source.path, 'a.csv'));
    expect(await cleanUpFile(source, file, { kind: 'delete' })).toEqual({ outcome: 'absent' });
  });

  it('by many at once ends in one place', async () => {
    const files = await Promise.all(
      Array.from({ length: 20 }, (_, i) => drop(`f${i}.csv`, `content ${i}`, i + 1)),
    );
    const sweep = async () => {
      for (const { hidden, fileNo } of await hiddenFiles(source)) {
        const file = files[fileNo - 1];
        if (file) await finishHidden(source, hidden, file, toArchive());
      }
    };
    await Promise.all(
      files.flatMap((file) => [
        cleanUpFile(source, file, toArchive()),
        cleanUpFile(source, file, toArchive()),
        sweep(),
      ]),
    );
    expect(contents(source.path)).toEqual({});
    expect(contents(archive)).toEqual(Object.fromEntries(files.map(({ name }, i) => [name, `content ${i}`])));
  });

  it('whose archive cannot be made stays where it is', async () => {
    const file = await drop('a.csv', 'one');
    writeFileSync(join(source.path, '..', 'plain'), '');
    const folder = join(source.path, '..', 'plain', '2026');
    await expect(cleanUpFile(source, file, toFolder(folder))).rejects.toMatchObject({
      code: 'ENOTDIR',
    });
    expect(contents(source.path)).toEqual({ 'a.csv': 'one' });
  });

  it('whose archive takes no file goes back under its name', async () => {
    // Of the kinds of failure, a name that is too long for a path is the one that also root meets.
    const file = await drop('a.csv', 'one');
    const hidden = hide('a.csv');
    const folder = join(archive, 'x'.repeat(300));
    await expect(finishHidden(source, hidden, file, toFolder(folder))).rejects.toMatchObject({
      code: 'ENAMETOOLONG',
    });
    expect(contents(source.path)).toEqual({ 'a.csv': 'one' });
  });
});

describe('what a crash leaves is finished:', () => {
  it('after the rename', async () => {
    const file = await drop('a.csv', 'one');
    const hidden = hide('a.csv');
    expect(await hiddenFiles(source)).toEqual([{ hidden, fileNo: 7 }]);
    await finishHidden(source, hidden, file, toArchive());
    expect([contents(source.path), contents(archive)]).toEqual([{}, { 'a.csv': 'one' }]);
  });

  it('after the archive has it and before the source lost it', async () => {
    const file = await drop('a.csv', 'one');
    const hidden = hide('a.csv');
    mkdirSync(archive, { recursive: true });
    linkSync(join(source.path, hidden), join(archive, 'a.csv'));
    await finishHidden(source, hidden, file, toArchive());
    expect([contents(source.path), contents(archive)]).toEqual([{}, { 'a.csv': 'one' }]);
  });

  it('another file that was caught goes back under its name', async () => {
    const file = await drop('a.csv', 'one');
    writeFileSync(join(source.path, 'a.csv'), 'another');
    const hidden = hide('a.csv');
    expect(await finishHidden(source, hidden, file, { kind: 'delete' })).toEqual({
      outcome: 'put_back',
      name: 'a.csv',
    });
    expect(contents(source.path)).toEqual({ 'a.csv': 'another' });
  });

  it('another file that was caught goes back under a new name when its own is taken', async () => {
    const file = await drop('a.csv', 'one');
    writeFileSync(join(source.path, 'a.csv'), 'another');
    const hidden = hide('a.csv');
    writeFileSync(join(source.path, 'a.csv'), 'third');
    expect(await finishHidden(source, hidden, file, toArchive())).toEqual({
      outcome: 'put_back',
      name: 'a~2.csv',
    });
    expect(contents(source.path)).toEqual({ 'a.csv': 'third', 'a~2.csv': 'another' });
  });

  it('a link that took the place of the file goes back as a link', async () => {
    const file = await drop('a.csv', 'one');
    rmSync(join(source.path, 'a.csv'));
    symlinkSync('/nowhere', join(source.path, 'a.csv'));
    await finishHidden(source, hide('a.csv'), file, { kind: 'delete' });
    expect(readdirSync(source.path)).toEqual(['a.csv']);
  });

  it('a put-back that was half done is one file', async () => {
    await drop('a.csv', 'one');
    const hidden = hide('a.csv');
    linkSync(join(source.path, hidden), join(source.path, 'a.csv'));
    await putBack(source, hidden, 'a.csv');
    expect(contents(source.path)).toEqual({ 'a.csv': 'one' });
  });
});

/** A file system other than that of the source folder, where this machine has one that is always there. */
const elsewhere = '/dev/shm';
const hasElsewhere = existsSync(elsewhere) && statSync(elsewhere).dev !== statSync(tempFolder()).dev;

describe.skipIf(!hasElsewhere)('an archive on another file system', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(elsewhere, 'sluice-test-'));
    archive = join(root, '2026', '01', '31');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('gets a copy with its time, and the source goes', async () => {
    await drop('a.csv', 'one');
    utimesSync(join(source.path, 'a.csv'), 1_700_000_000, 1_700_000_000.123);
    const file = await source.look('a.csv');
    if (file === undefined) throw new Error('a.csv is not there');
    await cleanUpFile(source, { ...file, fileNo: 7 as FileNo, contentHash: null }, toArchive());
    expect([contents(source.path), contents(archive)]).toEqual([{}, { 'a.csv': 'one' }]);
    expect(statSync(join(archive, 'a.csv')).mtimeMs).toBeCloseTo(1_700_000_000_123, -1);
  });

  it('never loses a file to another of its name', async () => {
    await cleanUpFile(source, await drop('a.csv', 'one'), toArchive());
    await cleanUpFile(source, await drop('a.csv', 'two'), toArchive());
    expect(contents(archive)).toEqual({ 'a.csv': 'one', 'a~2.csv': 'two' });
  });

  it('a copy that a crash left half done is removed', async () => {
    const file = await drop('a.csv', 'one');
    const hidden = hide('a.csv');
    mkdirSync(join(archive, '.sluice-copies'), { recursive: true });
    writeFileSync(join(archive, '.sluice-copies', '.sluice-7-dead'), 'o');
    await finishHidden(source, hidden, file, toArchive());
    expect([contents(source.path), contents(archive)]).toEqual([{}, { 'a.csv': 'one' }]);
  });

  it('a copy that is complete is not made twice', async () => {
    const file = await drop('a.csv', 'one');
    const modifiedAt = new Date((await source.look('a.csv'))?.modifiedAt ?? 0);
    const hidden = hide('a.csv');
    mkdirSync(archive, { recursive: true });
    writeFileSync(join(archive, 'a.csv'), 'one');
    utimesSync(join(archive, 'a.csv'), modifiedAt, modifiedAt);
    await finishHidden(source, hidden, file, toArchive());
    expect([contents(source.path), contents(archive)]).toEqual([{}, { 'a.csv': 'one' }]);
  });

  it('by two at once, then a sweep: one copy', async () => {
    const file = await drop('a.csv', 'x'.repeat(1_000_000));
    const hidden = hide('a.csv');
    await Promise.all([1, 2].map(() => finishHidden(source, hidden, file, toArchive())));
    for (const left of await hiddenFiles(source)) await finishHidden(source, left.hidden, file, toArchive());
    expect(readdirSync(source.path)).toEqual([]);
    expect(readdirSync(archive)).toEqual(['a.csv']);
  });
});
