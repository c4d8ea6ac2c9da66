import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { findVersions, verify } from '@sluice/ledger';
import { listed } from '@sluice/source';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FeedStores, replay } from '../src/index.ts';
import { settle } from '../src/load/settle.ts';
import { lineage, quarantinedFiles, undo } from '../src/without-redis.ts';
import { dropEvents, type InProcess, idOf, idsInTable, inProcess, range } from './in-process.ts';

const ARCHIVE = { CLEAN_SOURCE: 'archive' };

let pipeline: InProcess;
let stores: FeedStores;

beforeEach(async () => {
  pipeline = await inProcess();
  stores = pipeline.open();
});

afterEach(() => pipeline.close());

/** Where the ledger says that each version lies, oldest first. */
const movedTo = async () =>
  (await stores.sql<{ moved_to: string | null }[]>`SELECT moved_to FROM sluice_files ORDER BY file_no`).map(
    (row) => row.moved_to ?? '',
  );

const originOf = async (n: number, from = stores) => {
  const found = await lineage(idOf(n), from);
  return found.row === undefined ? undefined : found.origin?.path;
};

it('a name that looks like one of clean-up is found in quarantine, and read again', async () => {
  for (const name of ['bad.csv', 'bad~2.csv']) writeFileSync(join(pipeline.source, name), `${name},b\n1,2\n`);
  await pipeline.load(ARCHIVE);
  writeFileSync(join(pipeline.source, 'bad.csv'), 'yet another,b\n1,2\n');
  await pipeline.load(ARCHIVE);
  const listed = await Array.fromAsync(quarantinedFiles(10, stores));
  const { quarantineDir } = stores.config;
  expect(listed.map(({ name, place, path }) => [name, place, path])).toEqual([
    ['bad.csv', 'quarantine', join(quarantineDir, 'bad~3.csv')],
    ['bad~2.csv', 'quarantine', join(quarantineDir, 'bad~2.csv')],
    ['bad.csv', 'quarantine', join(quarantineDir, 'bad.csv')],
  ]);
  expect(await replay('bad~2.csv', stores)).toMatchObject({ movedFrom: join(quarantineDir, 'bad~2.csv') });
  await pipeline.load(ARCHIVE);
  const [last] =
    await stores.sql`SELECT name, generation, quarantine FROM sluice_files ORDER BY file_no DESC LIMIT 1`;
  expect(last).toEqual({ name: 'bad~2.csv', generation: 1, quarantine: 'header_missing_column' });
  expect((await movedTo()).map((path) => basename(path))).toEqual([
    'bad.csv',
    'bad~2.csv',
    'bad~3.csv',
    'bad~2.csv',
  ]);
});

it('a name of 255 bytes is found under the shorter one that its second content has, and read again', async () => {
  const name = `${'é'.repeat(125)}a.csv`;
  expect(Buffer.byteLength(name)).toBe(255);
  for (const ids of [range(1, 3), range(4, 6)]) {
    // Not by a temporary file, whose name would be too long.
    dropEvents(pipeline, 'a.csv', ids);
    renameSync(join(pipeline.source, 'a.csv'), join(pipeline.source, name));
    await pipeline.load(ARCHIVE);
  }
  const [first = '', second = ''] = await movedTo();
  expect([basename(first) === name, basename(second).endsWith('~2.csv')]).toEqual([true, true]);
  expect([await originOf(2), await originOf(5)]).toEqual([first, second]);
  expect(await replay(name, stores)).toMatchObject({ movedFrom: second });
  await pipeline.load(ARCHIVE);
  const confirm = async () => true;
  expect((await undo(name, { version: 1, confirm }, stores)).removed).toBe(3);
  expect(await idsInTable(pipeline)).toEqual(range(4, 6));
  expect([...(await verify(stores.sql)).problems]).toEqual([]);
});

it('a file whose clean-up died is found where that was about to put it', async () => {
  dropEvents(pipeline, 'a.csv', range(1, 3));
  await pipeline.load(ARCHIVE);
  const [path] = await movedTo();
  await stores.sql`UPDATE sluice_files SET moving_to = moved_to, moved_to = NULL, cleaned_at = NULL`;
  expect(await originOf(2)).toBe(path);
  // Announced, and not moved after all: it still lies in the source folder.
  renameSync(path ?? '', join(pipeline.source, 'a.csv'));
  expect(await originOf(2)).toBe(join(pipeline.source, 'a.csv'));
});

it('a file that was moved before the ledger took note is looked for under the names that clean-up gave, and no others', async () => {
  const paths: string[] = [];
  for (const ids of [range(1, 3), range(4, 6), range(7, 9)]) {
    dropEvents(pipeline, 'a.csv', ids);
    await pipeline.load(ARCHIVE);
  }
  paths.push(...(await movedTo()));
  await stores.sql`UPDATE sluice_files SET moved_to = NULL, moving_to = NULL, cleaned_at = NULL`;
  expect(await Promise.all([originOf(2), originOf(5), originOf(8)])).toEqual(paths);
  expect(paths.map((path) => basename(path))).toEqual(['a.csv', 'a~2.csv', 'a~3.csv']);
  const hidden = join(dirname(paths[2] ?? ''), 'elsewhere.csv');
  renameSync(paths[2] ?? '', hidden);
  expect(await originOf(8)).toBeUndefined();
  expect(await replay('a.csv', stores).catch((error: Error) => error.message)).toContain('there is no file');
});

it('a file is found in an archive that was moved as a whole', async () => {
  dropEvents(pipeline, 'a.csv', range(1, 3));
  await pipeline.load(ARCHIVE);
  const [path = ''] = await movedTo();
  const { archiveDir } = stores.config;
  const elsewhere = `${archiveDir}-2`;
  renameSync(archiveDir, elsewhere);
  expect(await originOf(2)).toBeUndefined();
  const today = pipeline.open({ ARCHIVE_DIR: elsewhere });
  expect(await originOf(2, today)).toBe(path.replace(archiveDir, elsewhere));
  // What has its path by now is another file.
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, 'another file');
  expect(await originOf(2)).toBeUndefined();
});

it('a file that was deleted has no path, and the ledger says when it went', async () => {
  dropEvents(pipeline, 'a.csv', range(1, 3));
  await pipeline.load({ CLEAN_SOURCE: 'delete' });
  expect(existsSync(join(pipeline.source, 'a.csv'))).toBe(false);
  const [file] =
    await stores.sql`SELECT moved_to, moving_to, cleaned_at IS NOT NULL AS cleaned FROM sluice_files`;
  expect(file).toEqual({ moved_to: null, moving_to: null, cleaned: true });
  expect(await originOf(2)).toBeUndefined();
});

it('files of many batches that end at once are all moved, and none of them makes the source seem to hang', async () => {
  for (const n of range(1, 8)) dropEvents(pipeline, `${n}.csv`, [n]);
  await pipeline.load();
  const archiving = pipeline.open(ARCHIVE);
  const { source } = archiving.feed;
  source.io.within = 2_000;
  const files = await listed(source);
  const counts = { records: 1, inserted: 1, duplicates: 0, conflicts: 0, rejects: 0, seconds: 0 };
  const end = { ...counts, quarantine: null, quarantineDetail: null, strayQuotes: null };
  const closed = (await findVersions(stores.sql, files)).map((file) => ({ ...file, ...end }));
  await Promise.all(closed.map((file) => settle(crypto.randomUUID(), [], [file], archiving)));
  expect(closed).toHaveLength(8);
  expect([source.io.hangs, await listed(source)]).toEqual([false, []]);
});
