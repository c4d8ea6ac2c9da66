import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { ledgerName, type SourceOptions, sizeOf } from '@sluice/core';
import type { KillPoint } from '@sluice/process';
import { waitFor } from '@sluice/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SourceHangs } from '../src/errors.ts';
import {
  type Disposal,
  listed,
  type OpenSource,
  type Source,
  type SourceFile,
  sourceAt,
  UnreadableFile,
} from '../src/index.ts';
import type { ClosedSource, Page, SourceNeeds } from '../src/source.ts';

/** A place for files of one kind, and what others do there. */
export interface Ground extends AsyncDisposable {
  /** Where it is, as `source` of a feed names it. Nothing has been put there. */
  readonly place: string;
  /** How it is reached, as `sourceOptions` of a feed say. */
  readonly options?: SourceOptions;
  /** Where clean-up moves files. */
  readonly archive: string;
  /** Unusual names that a file can have there. */
  readonly oddNames: readonly string[];
  /** Names that no file can have there, because they would lead elsewhere. */
  readonly outside: readonly string[];
  /** A complete file lands, or takes the place of another. */
  put(name: string, content: string): Promise<void>;
  /** Somebody writes over the content of a file that lies there. */
  change(name: string, content: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** What lies there and in the archive, by the names there. */
  files(): Promise<Record<string, string>>;
  archived(): Promise<Record<string, string>>;
  /** This account may not read the file during the work. */
  denied<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** The whole place is away during the work. */
  away<T>(work: () => Promise<T>): Promise<T>;
}

/** The points of a clean-up after which a file is still to be found. */
const MOVED_AT: readonly KillPoint[] = [
  'clean-up:before-hide',
  'clean-up:hidden',
  'clean-up:before-place',
  'clean-up:placed',
  'clean-up:removed',
];

const CRASHER = new URL('crash-in-clean-up.ts', import.meta.url).pathname;

/**
 * What every kind of source must hold, so that the rest of Sluice need not know which one it has.
 *
 * @param o.flat its feeds take no files below folders
 */
export function conforms(kind: string, make: () => Promise<Ground>, { flat = false } = {}): void {
  let ground: Ground;
  let source: Source;
  const announced: string[] = [];
  const at = (needs: Omit<SourceNeeds, 'options'> = {}) =>
    sourceAt(ground.place, { ...needs, options: ground.options });

  beforeEach(async () => {
    ground = await make();
    source = at();
    await source.ensure();
    announced.length = 0;
  });
  afterEach(async () => await ground[Symbol.asyncDispose]());

  const put = async (name: string, content = name): Promise<SourceFile> => {
    await ground.put(name, content);
    const file = await source.look(name);
    if (file === undefined) throw new Error(`${name} has just landed, and is not there`);
    return file;
  };
  const closed = async (name: string, content: string, fileNo = 7): Promise<ClosedSource> => {
    const { token, changedAt } = await put(name, content);
    return { name, token, changedAt, fileNo: fileNo as ClosedSource['fileNo'], contentHash: sha256(content) };
  };
  const toArchive = (): Disposal => {
    return { kind: 'move', to: ground.archive, announce: async (path) => void announced.push(path) };
  };
  const finishAll = async (file: ClosedSource, disposal: Disposal) => {
    for (const { hidden, fileNo } of await source.unfinished())
      if (fileNo === file.fileNo) await source.finish(hidden, file, disposal);
    return await source.dispose(file, disposal);
  };

  describe(`the listing of ${kind}`, () => {
    it('gives each file once, with the same look as a look at the file alone, in pages of bounded size', async () => {
      const names = Array.from({ length: 1_203 }, (_, i) => `${i}.csv`);
      for (const name of names) await ground.put(name, name);
      const pages: Page[] = [];
      for await (const page of source.list()) pages.push(page);
      expect(Math.max(...pages.map(({ files }) => files.length))).toBeLessThanOrEqual(1_000);
      const files = pages.flatMap((page) => page.files);
      expect(files.map(({ name }) => name).sort()).toEqual(names.sort());
      const some = files[17];
      expect(await source.look(some?.name ?? '')).toEqual(some);
      expect((await source.looks(['3.csv', 'none.csv', '4.csv'])).files).toHaveLength(2);
    });

    it('of an empty place is empty, and is there', async () => {
      expect(await listed(source)).toEqual([]);
      expect(await source.identity()).toEqual(expect.any(String));
    });

    it('leaves out what other feeds take, and counts what no feed takes', async () => {
      for (const name of ['own.csv', 'both.csv', 'other.csv', 'none.txt']) await ground.put(name, 'a');
      const claims = { 'own.csv': 'own', 'both.csv': 'ambiguous', 'other.csv': 'other' } as const;
      const orders = at({ claim: (name) => claims[name as 'own.csv'] ?? 'unclaimed', feed: 'orders' });
      const pages: Page[] = [];
      for await (const page of orders.list()) pages.push(page);
      expect(pages.flatMap(({ files }) => files.map(({ name }) => name))).toEqual(['orders/own.csv']);
      expect(pages.flatMap(({ ambiguous }) => ambiguous)).toEqual(['orders/both.csv']);
      expect(pages.reduce((sum, { unclaimed }) => sum + unclaimed, 0)).toBe(1);
    });

    it('of a place that is away is refused, and never empty', async () => {
      await put('a.csv');
      const before = await source.identity();
      await ground.away(async () => {
        await expect(listed(source)).rejects.toThrow();
        expect(await source.identity().catch(() => undefined)).not.toBe(before);
      });
      expect(await listed(source)).toHaveLength(1);
      expect(await source.identity()).toBe(before);
    });

    it('is given up when the place does not answer, and comes again when it does', async () => {
      await put('a.csv');
      const answer = Promise.withResolvers<void>();
      source.io.within = 50;
      await expect(source.io.run(() => answer.promise)).rejects.toThrow(SourceHangs);
      await expect(listed(source)).rejects.toThrow(SourceHangs);
      answer.resolve();
      await waitFor(() => !source.io.hangs, { what: 'the place to answer' });
      source.io.within = 30_000;
      expect(await listed(source)).toHaveLength(1);
    });
  });

  describe(`a name in ${kind}`, () => {
    it('that is unusual is that of the file, exactly, in listing, look, reading and archive', async () => {
      const orders = at({ claim: () => 'own', feed: 'orders' });
      for (const name of ground.oddNames) await ground.put(name, `content of ${name}`);
      const names = (await listed(orders)).map(({ name }) => orders.bareName(name));
      expect(names.sort()).toEqual([...ground.oddNames].sort());
      for (const [i, bare] of ground.oddNames.entries()) {
        const name = ledgerName('orders', bare);
        expect(await textOf(orders, name)).toBe(`content of ${bare}`);
        const look = await orders.look(name);
        if (look === undefined) throw new Error(`${bare} is not there`);
        const contentHash = sha256(`content of ${bare}`);
        await orders.dispose(
          { ...look, fileNo: (i + 1) as ClosedSource['fileNo'], contentHash },
          toArchive(),
        );
      }
      expect(await ground.files()).toEqual({});
      expect(Object.values(await ground.archived()).sort()).toEqual(
        ground.oddNames.map((name) => `content of ${name}`).sort(),
      );
    });

    it('that would lead elsewhere is that of no file', async () => {
      for (const name of ground.outside) {
        expect([name, await source.look(name), await source.open(name)]).toEqual([
          name,
          undefined,
          undefined,
        ]);
        expect([name, source.owns(name)]).toEqual([name, false]);
        expect(() => source.bareName(name)).toThrow();
      }
    });

    it('of another feed is that of no file', async () => {
      await put('a.csv');
      expect(await source.open('orders/a.csv')).toBeUndefined();
      expect((await source.looks(['orders/a.csv'])).files).toEqual([]);
    });
  });

  describe.skipIf(flat)(`a path below folders of ${kind}`, () => {
    const deep = () => at({ claim: (name) => (/(^|\/)\./.test(name) ? 'unclaimed' : 'own'), deep: true });
    const names = ['a.csv', '2026/a.csv', '2026/01/a.csv', '2026/01/b c/ü.csv'];
    const closedAt = async (name: string, fileNo: number): Promise<ClosedSource> => {
      await ground.put(name, `content of ${name}`);
      const look = await deep().look(ledgerName('events', name));
      if (look === undefined) throw new Error(`${name} is not there`);
      return { ...look, fileNo: fileNo as ClosedSource['fileNo'], contentHash: sha256(`content of ${name}`) };
    };

    it('is part of the name, in listing, look, reading and clean-up', async () => {
      for (const name of names) await ground.put(name, `content of ${name}`);
      await ground.put('2026/.hidden/a.csv', 'hidden');
      expect((await listed(deep())).map(({ name }) => name).sort()).toEqual(
        names.map((name) => ledgerName('events', name)).sort(),
      );
      expect((await listed(source)).map(({ name }) => name)).toEqual(['a.csv']);
      expect(await textOf(deep(), 'events/2026/01/a.csv')).toBe('content of 2026/01/a.csv');
      await ground.remove('2026/.hidden/a.csv');
      for (const [i, name] of names.entries()) await deep().dispose(await closedAt(name, i + 1), toArchive());
      expect(await ground.files()).toEqual({});
      expect(Object.values(await ground.archived()).sort()).toEqual(
        names.map((name) => `content of ${name}`).sort(),
      );
      expect(announced.filter((path) => path.includes('2026/01/'))).toHaveLength(2);
    });

    it.each(MOVED_AT)('is kept by a clean-up that dies at %s', async (point) => {
      const file = await closedAt('2026/01/a.csv', 7);
      await crash(ground, file, point, true);
      for (const { hidden, fileNo } of await deep().unfinished())
        if (fileNo === file.fileNo) await deep().finish(hidden, file, toArchive());
      await deep().dispose(file, toArchive());
      expect([await ground.files(), Object.values(await ground.archived())]).toEqual([
        {},
        ['content of 2026/01/a.csv'],
      ]);
      expect(await deep().unfinished()).toEqual([]);
    });

    it('that would lead elsewhere is that of no file', async () => {
      await ground.put('2026/a.csv', 'a');
      for (const name of [
        '2026/../../a.csv',
        '2026//a.csv',
        './a.csv',
        '2026/./a.csv',
        '2026/..',
        '/2026/a.csv',
      ])
        expect([name, await deep().open(`events/${name}`), await deep().look(`events/${name}`)]).toEqual([
          name,
          undefined,
          undefined,
        ]);
    });
  });

  describe(`a file in ${kind}`, () => {
    it('is read exactly, in blocks, once and again', async () => {
      const content = 'event,product,ü\n'.repeat(30_000);
      const { token } = await put('a.csv', content);
      await using file = await opened(source, 'a.csv');
      expect([file.opened.token, await file.token(), sizeOf(token)]).toEqual([
        token,
        token,
        content.length + 30_000,
      ]);
      const given: Buffer[] = [];
      for await (const block of file.hashedBlocks()) given.push(Buffer.from(block));
      expect(Buffer.concat(given).toString()).toBe(content);
      expect([file.givenHash(), await file.wholeHash()]).toEqual([sha256(content), sha256(content)]);
      expect([await file.givesTheSame(), await file.endsItsLine('utf-8')]).toEqual([true, true]);
    });

    it('of no byte, and one without a line end, are told apart from others', async () => {
      const [empty, open] = [await put('empty.csv', ''), await put('open.csv', 'a\nb')];
      expect([sizeOf(empty.token), await textOf(source, 'empty.csv')]).toEqual([0, '']);
      expect(await source.endsItsLine(open, 'utf-8')).toBe(false);
      expect(await source.contentHash(open)).toBe(sha256('a\nb'));
    });

    it('that is not there can be neither looked at nor opened, which is no error', async () => {
      expect([await source.look('a.csv'), await source.open('a.csv'), await source.trouble('a.csv')]).toEqual(
        [undefined, undefined, undefined],
      );
    });

    it('that changes before it is opened has another token, also with a content of the same size', async () => {
      const before = await put('a.csv', 'one\n');
      await ground.change('a.csv', 'two\n');
      await using file = await opened(source, 'a.csv');
      const { token, changedAt } = await file.look();
      expect([token, changedAt]).not.toEqual([before.token, before.changedAt]);
      expect(await source.contentHash(before)).toBeUndefined();
    });

    it('that changes, shrinks or goes while it is read never ends as if it were whole', async () => {
      const content = 'a line of a file\n'.repeat(40_000);
      const acts: Record<string, () => Promise<void>> = {
        changes: () => ground.change('a.csv', content.replaceAll('line', 'lime')),
        shrinks: () => ground.change('a.csv', content.slice(0, 100_000)),
        'is replaced': () => ground.put('a.csv', content.slice(0, 200_000)),
        goes: () => ground.remove('a.csv'),
      };
      for (const [what, act] of Object.entries(acts)) {
        const { token, changedAt } = await put('a.csv', content);
        const read = await readWhile(source, 'a.csv', act);
        // The bytes that were opened, whole and of one version, or what shows that they are not.
        const whole = read.text === content;
        const told = read.error !== undefined || read.token !== token || read.changedAt !== changedAt;
        expect([what, whole || told]).toEqual([what, true]);
      }
    });

    it('that may not be read is told of by its name, and holds up no other', async () => {
      const file = await put('a.csv', 'one\n');
      await put('b.csv', 'two\n');
      await ground.denied('a.csv', async () => {
        await expect(source.open('a.csv').then(async (one) => await one?.wholeHash())).rejects.toThrow(
          UnreadableFile,
        );
        await expect(source.contentHash(file)).rejects.toMatchObject({ file: 'a.csv' });
        expect(await source.trouble('a.csv')).toBeInstanceOf(UnreadableFile);
        expect((await listed(source)).map(({ name }) => name)).toContain('b.csv');
        expect(await textOf(source, 'b.csv')).toBe('two\n');
      });
      expect(await source.trouble('a.csv')).toBeUndefined();
    });
  });

  describe(`the clean-up of a closed file in ${kind}`, () => {
    it('moves it to the archive, which it announces before, or deletes it', async () => {
      const moved = await source.dispose(await closed('a.csv', 'one'), toArchive());
      expect(moved).toMatchObject({ outcome: 'moved', path: announced.at(-1) });
      expect([await ground.files(), await ground.archived()]).toEqual([{}, { 'a.csv': 'one' }]);
      expect(await source.dispose(await closed('b.csv', 'two'), { kind: 'delete' })).toEqual({
        outcome: 'deleted',
      });
      expect([await ground.files(), await ground.archived()]).toEqual([{}, { 'a.csv': 'one' }]);
    });

    it('never writes over a file of the same name in the archive', async () => {
      for (const [i, content] of ['one', 'two', 'three'].entries())
        await source.dispose(await closed('a.csv', content, i + 1), toArchive());
      expect(Object.values(await ground.archived()).sort()).toEqual(['one', 'three', 'two']);
    });

    it('leaves a file that has taken its place, and one whose content was not proved', async () => {
      const replaced = await closed('a.csv', 'one');
      await ground.put('a.csv', 'a new file');
      expect((await source.dispose(replaced, toArchive())).outcome).not.toBe('moved');
      expect((await source.dispose(replaced, { kind: 'delete' })).outcome).not.toBe('deleted');
      const unproved = { ...(await closed('b.csv', 'two', 8)), contentHash: sha256('other') };
      expect((await source.dispose(unproved, { kind: 'delete' })).outcome).not.toBe('deleted');
      expect(await ground.files()).toEqual({ 'a.csv': 'a new file', 'b.csv': 'two' });
      expect(await ground.archived()).toEqual({});
    });

    it('is nothing for a file that is gone, and may be repeated', async () => {
      const file = await closed('a.csv', 'one');
      await source.dispose(file, toArchive());
      expect(await source.dispose(file, toArchive())).toEqual({ outcome: 'absent' });
      expect(await ground.archived()).toEqual({ 'a.csv': 'one' });
    });

    it.each(MOVED_AT)(
      'that dies at %s leaves the file where a later one finds it, in one place at the end',
      async (point) => {
        const file = await closed('a.csv', 'one');
        await crash(ground, file, point);
        await finishAll(file, toArchive());
        expect([await ground.files(), await ground.archived()]).toEqual([{}, { 'a.csv': 'one' }]);
        expect(await source.unfinished()).toEqual([]);
      },
    );

    it('by several processes at once moves each file once', async () => {
      const files = await Promise.all(
        Array.from({ length: 8 }, (_, i) => closed(`${i}.csv`, `content ${i}`, i + 1)),
      );
      await Promise.all(
        files.flatMap((file) =>
          [1, 2, 3].map((n) =>
            at()
              .dispose(file, toArchive())
              .catch((error: unknown) => {
                throw new Error(`clean-up ${n} of ${file.name}`, { cause: error });
              }),
          ),
        ),
      );
      for (const file of files) await finishAll(file, toArchive());
      expect(await ground.files()).toEqual({});
      expect(await ground.archived()).toEqual(
        Object.fromEntries(files.map(({ name }, i) => [name, `content ${i}`])),
      );
    });

    it('is undone by bringing the file back, which takes the place of no other', async () => {
      const moved = await source.dispose(await closed('a.csv', 'one'), toArchive());
      if (moved.outcome !== 'moved') throw new Error(`it was ${moved.outcome}`);
      await ground.put('b.csv', 'another');
      await expect(source.takeBack('b.csv', moved.path)).rejects.toThrow();
      await source.takeBack('a.csv', moved.path);
      expect([await ground.files(), await ground.archived()]).toEqual([
        { 'a.csv': 'one', 'b.csv': 'another' },
        {},
      ]);
    });
  });
}

const sha256 = (content: string) => createHash('sha256').update(content).digest('hex');

async function opened(source: Source, name: string): Promise<OpenSource> {
  const file = await source.open(name);
  if (file === undefined) throw new Error(`${name} is not there`);
  return file;
}

async function textOf(source: Source, name: string): Promise<string> {
  await using file = await opened(source, name);
  const given: Buffer[] = [];
  for await (const block of file.blocks()) given.push(Buffer.from(block));
  return Buffer.concat(given).toString();
}

/** Reads a file as a parse does, and lets something happen to it after the first block. */
async function readWhile(
  source: Source,
  name: string,
  act: () => Promise<void>,
): Promise<{ text: string; token?: string; changedAt?: string; error?: unknown }> {
  await using file = await opened(source, name);
  const given: Buffer[] = [];
  try {
    for await (const block of file.blocks()) {
      given.push(Buffer.from(block));
      if (given.length === 1) await act();
    }
    return { text: Buffer.concat(given).toString(), ...(await file.look()) };
  } catch (error) {
    return { text: Buffer.concat(given).toString(), error };
  }
}

/** Cleans up in a process that ends itself, without any clean-up of its own, when it passes the point. */
async function crash(
  { place, options, archive }: Ground,
  file: ClosedSource,
  point: KillPoint,
  deep = false,
): Promise<void> {
  const given = JSON.stringify({ place, options, archive, file, point, deep });
  const child = spawn(process.execPath, [CRASHER, given], { stdio: ['ignore', 'ignore', 'inherit'] });
  const [, signal] = await once(child, 'close');
  expect([point, signal]).toEqual([point, 'SIGKILL']);
}
