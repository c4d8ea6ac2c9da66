import { appendFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { columnsOf, events, type Token } from '@sluice/core';
import { createLogger, loadConfig } from '@sluice/process';
import type { SourceFile } from '@sluice/source';
import { waitFor } from '@sluice/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeStores, Discovery, type FeedStores, openStores } from '../src/index.ts';
import { StableFiles } from '../src/intake/stable-files.ts';
import { closedFiles, dropFile, type TestPipeline, testPipeline } from './load.ts';

const HEADER = columnsOf(events).join(',');
const row = () => `${crypto.randomUUID()},view,product_1,user_1,2026-01-01 00:00:00,1,129.95`;

describe('what a look shows', () => {
  const settings = { stableFor: 1000, unfinishedFor: 10_000 };
  const file = (name: string, token = '1-1-1', changedAt = '1'): SourceFile => ({
    name,
    token: token as Token,
    changedAt,
    modifiedAt: 0,
    landedAt: 0,
  });
  let ends: boolean | undefined;
  let asked: number;
  let files: StableFiles;
  const make = (o: Partial<typeof settings> = {}, most?: number) =>
    new StableFiles(
      { ...settings, ...o },
      async () => {
        asked += 1;
        return ends;
      },
      most,
    );

  beforeEach(() => {
    ends = true;
    asked = 0;
    files = make();
  });

  async function look(at: number, ...seen: SourceFile[]) {
    files.begin('all');
    const stable = await files.among(seen, { began: at, ended: at + 5 });
    files.forget(stable);
    return { names: stable.map(({ name }) => name), ...files.end() };
  }

  it('must be the same twice, STABLE_FOR apart, however old the file says it is', async () => {
    expect(await look(0, file('a.csv'))).toEqual({ names: [], stableIn: 1000, more: false });
    expect(await look(1004, file('a.csv'))).toMatchObject({ names: [], stableIn: 1 });
    expect(await look(1005, file('a.csv'))).toMatchObject({ names: ['a.csv'], stableIn: undefined });
  });

  it('counts from the last change of size, mtime and inode, or of ctime alone', async () => {
    await look(0, file('a.csv'), file('b.csv'));
    expect(await look(900, file('a.csv', '2-1-1'), file('b.csv', '1-1-1', '2'))).toMatchObject({ names: [] });
    expect(await look(1800, file('a.csv', '2-1-1'), file('b.csv', '1-1-1', '2'))).toMatchObject({
      names: [],
    });
    expect((await look(1905, file('a.csv', '2-1-1'), file('b.csv', '1-1-1', '2'))).names).toHaveLength(2);
  });

  it('needs no second look with STABLE_FOR=0, and is forgotten with the file', async () => {
    files = make({ stableFor: 0 });
    expect((await look(0, file('a.csv'))).names).toEqual(['a.csv']);
    files = make();
    await look(0, file('a.csv'));
    await look(500);
    expect(files.names()).toEqual([]);
    expect((await look(1100, file('a.csv'))).names).toEqual([]);
  });

  it('is not enough for a last line without an end: read once, and waited for until UNFINISHED_FOR after its last change', async () => {
    ends = false;
    await look(0, file('a.csv'), file('b.csv.gz'));
    expect(await look(1005, file('a.csv'), file('b.csv.gz'))).toEqual({
      names: ['b.csv.gz'],
      stableIn: 9000,
      more: false,
    });
    expect(files.waiting).toEqual({ files: 1, unfinished: 1, names: ['a.csv'] });
    expect((await look(10_004, file('a.csv'))).names).toEqual([]);
    expect(asked).toBe(1);
    expect((await look(10_005, file('a.csv'))).names).toEqual(['a.csv']);
    expect(files.waiting).toEqual({ files: 0, unfinished: 0, names: [] });
    files = make({ unfinishedFor: 0 });
    await look(0, file('a.csv'));
    expect((await look(1005, file('a.csv'))).names).toEqual(['a.csv']);
    expect(asked).toBe(1);
  });

  it('of some files leaves the others waiting for their own time', async () => {
    await look(0, file('a.csv'), file('b.csv'));
    files.begin('names', ['b.csv', 'c.csv']);
    // "b.csv" is gone, and "c.csv" is new.
    expect(files.knows('c.csv')).toBe(false);
    expect(await files.among([file('c.csv')], { began: 500, ended: 505 })).toEqual([]);
    expect(files.end()).toMatchObject({ stableIn: 500 });
    expect(files.waiting.files).toBe(2);
    expect(files.due(1004)).toEqual([]);
    expect(files.due(1005)).toEqual(['a.csv']);
    expect(files.due(1505)).toEqual(['a.csv', 'c.csv']);
  });

  it('is kept in mind of so many files at most: the others have their turn when there is room', async () => {
    files = make({}, 2);
    const all = [file('a.csv'), file('b.csv'), file('c.csv'), file('d.csv')];
    expect(await look(0, ...all)).toMatchObject({ names: [], more: false });
    expect(files.names()).toEqual(['a.csv', 'b.csv']);
    expect(files.waiting.files).toBe(4);
    files.begin('names');
    const stable = await files.among(all.slice(0, 2), { began: 1005, ended: 1006 });
    files.forget(stable);
    expect(stable).toHaveLength(2);
    expect(files.end().more).toBe(true);
    await look(1010, ...all.slice(2));
    expect((await look(2100, ...all.slice(2))).names).toEqual(['c.csv', 'd.csv']);
  });
});

describe('a file that lands', () => {
  let pipeline: TestPipeline;
  let stores: FeedStores;
  let discovery: Discovery;
  const at = (name: string) => join(pipeline.source, name);
  const registered = async () =>
    (await pipeline.sql<{ name: string }[]>`SELECT name FROM sluice_files ORDER BY file_no`).map(
      ({ name }) => name,
    );

  beforeEach(async () => {
    pipeline = await testPipeline({
      env: { STABLE_FOR: '300ms', UNFINISHED_FOR: '1s', RECONCILE_INTERVAL: '1h' },
    });
    stores = openStores('test', loadConfig({ env: pipeline.env }), createLogger('test', 'silent'), 'wait');
    discovery = new Discovery(stores);
  });
  afterEach(async () => {
    await closeStores(stores);
    await pipeline.close();
  });

  it('with an old time of another clock is not registered at the first look; one that the ledger knows needs no other', async () => {
    writeFileSync(at('a.csv'), `${HEADER}\n${row()}\n`);
    utimesSync(at('a.csv'), 1, 1);
    expect(await discovery.scan(true)).toMatchObject({ registered: 0 });
    expect(discovery.waiting).toMatchObject({ files: 1 });
    await waitFor(async () => (await discovery.lookAgain()).registered === 1, { what: 'a stable file' });
    const other = new Discovery(stores);
    expect(await other.scan(true)).toMatchObject({ registered: 0, stableIn: undefined });
    expect(other.waiting).toMatchObject({ files: 0 });
  });

  it('is found by its name alone, without a look at the rest of the folder', async () => {
    for (const name of ['a.csv', 'b.csv']) writeFileSync(at(name), `${HEADER}\n${row()}\n`);
    expect(await discovery.lookAgain(undefined, ['a.csv', 'gone.csv'])).toMatchObject({
      registered: 0,
      found: 1,
    });
    expect(discovery.waiting).toMatchObject({ files: 1 });
    await waitFor(async () => (await discovery.lookAgain()).registered === 1, { what: 'a stable file' });
    expect(await registered()).toEqual(['a.csv']);
  });

  it('is loaded as one version, however slowly it is written and however far behind its clock is', async () => {
    const watcher = pipeline.fleet.start('watcher');
    pipeline.fleet.start('worker');
    await waitFor(() => watcher.lines('watching').length > 0, { what: 'the watcher' });
    const lines = Array.from({ length: 60 }, row);
    const content = `${HEADER}\n${lines.join('\n')}\n`;
    writeFileSync(at('slow.csv'), '');
    const piece = Math.ceil(content.length / 20);
    for (let i = 0; i < content.length; i += piece) {
      appendFileSync(at('slow.csv'), content.slice(i, i + piece));
      const behind = Date.now() / 1000 - 2;
      utimesSync(at('slow.csv'), behind, behind);
      // The pace of the writer: shorter than STABLE_FOR.
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await waitFor(async () => (await closedFiles(pipeline.sql)) > 0, { what: 'a complete file' });
    expect(await registered()).toEqual(['slow.csv']);
    const [sums] =
      await pipeline.sql`SELECT count(*)::int AS rows, count(*) FILTER (WHERE price = 129.95)::int AS right FROM events`;
    expect(sums).toEqual({ rows: 60, right: 60 });
  });

  it('without an end of its last line waits as a whole, which the fleet is told; an empty one, and compressed ones, do not', async () => {
    pipeline.fleet.start('watcher', [], { UNFINISHED_FOR: '1h' });
    writeFileSync(at('cut.csv'), `${HEADER}\n${row()}\n${row().slice(0, -4)}`);
    writeFileSync(at('empty.csv'), '');
    writeFileSync(at('cr.csv'), `${HEADER}\r\n${row()}\r`);
    writeFileSync(at('wide.csv'), Buffer.from(`\ufeff${HEADER}\n${row()}\n`, 'utf16le'));
    writeFileSync(at('wide-cut.csv'), Buffer.from(`\ufeff${HEADER}\n${row()}\u0a0a`, 'utf16le'));
    writeFileSync(at('cut.csv.gz'), 'no line end');
    writeFileSync(at('whole.csv'), `${HEADER}\r\n${row()}\r\n`);
    await waitFor(async () => (await registered()).length === 4, { what: 'the others' });
    expect((await registered()).sort()).toEqual(['cut.csv.gz', 'empty.csv', 'whole.csv', 'wide.csv']);
    const waiting = async () =>
      (await stores.fleet.members()).find(({ role }) => role === 'watcher')?.waiting;
    await waitFor(async () => (await waiting())?.unfinished === 3, { what: 'the word of three files' });
    expect((await waiting())?.names.toSorted()).toEqual(['cr.csv', 'cut.csv', 'wide-cut.csv']);

    appendFileSync(at('cut.csv'), '9.95\n');
    dropFile(pipeline.source, 'renamed.csv', `${HEADER}\n${row()}\n`);
    await waitFor(async () => (await registered()).length === 6, { what: 'the file that was finished' });
    await waitFor(async () => (await waiting())?.unfinished === 2, { what: 'the word of two files' });
  });
});
