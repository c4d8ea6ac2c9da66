import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { columnsOf, events } from '@sluice/core';
import { verify } from '@sluice/ledger';
import { tempFolder, waitFor } from '@sluice/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { refuseFolders } from '../src/index.ts';
import {
  closedFiles,
  countOf,
  dropFile,
  dropFiles,
  nothingExpected,
  type TestPipeline,
  tableLines,
  testPipeline,
} from './load.ts';

let pipeline: TestPipeline | undefined;

afterEach(async () => {
  await pipeline?.close();
  pipeline = undefined;
});

async function cleaning(mode: 'archive' | 'delete'): Promise<TestPipeline & { at(folder: string): string }> {
  const made = await testPipeline({
    env: { CLEAN_SOURCE: mode, RECONCILE_INTERVAL: '1s', FLUSH_INTERVAL: '500ms', JOB_LOCK: '1s' },
  });
  pipeline = made;
  return { ...made, at: (folder) => join(made.env.DATA_DIR ?? '', folder) };
}

const content = (type: string): string =>
  `${columnsOf(events).join(',')}\n${crypto.randomUUID()},${type},product_1,user_1,2026-01-01 00:00:00,,\n`;

/** Names of all files below a folder, hidden ones too. */
function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
}

const untilEmpty = (folder: string) =>
  waitFor(() => filesBelow(folder).length === 0, { what: `nothing left in ${basename(folder)}` });

describe('clean-up (I5)', () => {
  for (const mode of ['archive', 'delete'] as const) {
    it(`${mode} under kills: every row once, every source file in exactly one place`, async () => {
      const { source, fleet, sql, at } = await cleaning(mode);
      const expected = nothingExpected();
      dropFiles(source, 150, mode === 'archive' ? 11 : 12, expected);
      let watcher = fleet.start('watcher');
      const workers = [1, 2].map(() => fleet.start('worker', ['--concurrency', '2']));
      for (const [i, after] of [5, 50, 100].entries()) {
        await waitFor(async () => (await closedFiles(sql)) >= after, { what: `${after} complete files` });
        workers[i]?.signal('SIGKILL');
        if (i < 2) workers.push(fleet.start('worker', ['--concurrency', '2']));
        if (i !== 1) continue;
        watcher.signal('SIGKILL');
        watcher = fleet.start('watcher');
      }
      await waitFor(async () => (await closedFiles(sql)) >= 150, { what: 'all files complete' });
      await untilEmpty(source);
      expect(await tableLines(sql)).toEqual(expected.lines);
      expect([...(await verify(sql)).problems]).toEqual([]);
      const archived = filesBelow(at('archive')).sort();
      expect(archived).toEqual(mode === 'archive' ? [...expected.perFile.keys()].sort() : []);
      expect(await closedFiles(sql)).toBe(150);
    });
  }

  it('takes quarantined files to a folder of their own, and a file of known content to the archive', async () => {
    const { source, fleet, sql, at } = await cleaning('archive');
    const known = content('click');
    dropFile(source, 'a.csv', known);
    dropFile(source, 'bad.csv', 'a,b\n1,2\n');
    fleet.start('watcher');
    fleet.start('worker');
    await untilEmpty(source);
    dropFile(source, 'a.csv', known);
    await untilEmpty(source);
    expect(filesBelow(at('quarantine'))).toEqual(['bad.csv']);
    expect(filesBelow(at('archive')).sort()).toEqual(['a.csv', 'a~2.csv']);
    const [day] = await sql<
      { day: string }[]
    >`SELECT to_char(closed_at, 'YYYY/MM/DD') AS day FROM sluice_files`;
    expect(existsSync(join(at('archive'), day?.day ?? '', 'a.csv'))).toBe(true);
    expect(await countOf(sql, 'events')).toBe(1);
    expect([...(await verify(sql)).problems]).toEqual([]);
  });

  it('sweeps what crashes left: hidden files of closed versions go, others get a name back and are loaded', async () => {
    const { source, fleet, sql, at } = await cleaning('archive');
    const off = { CLEAN_SOURCE: 'off' };
    for (const name of ['a.csv', 'b.csv', 'c.csv']) dropFile(source, name, content(name));
    fleet.start('watcher', [], off);
    fleet.start('worker', [], off);
    await waitFor(async () => (await closedFiles(sql)) >= 3, { what: 'three complete files' });
    await fleet.stop();
    expect(filesBelow(source).sort()).toEqual(['a.csv', 'b.csv', 'c.csv']);

    const numbers = new Map(
      (await sql<{ name: string; file_no: number }[]>`SELECT name, file_no FROM sluice_files`).map((row) => [
        row.name,
        row.file_no,
      ]),
    );
    renameSync(join(source, 'a.csv'), join(source, `.sluice-${numbers.get('a.csv')}-00aa`));
    dropFile(source, 'b.csv', content('another b'));
    renameSync(join(source, 'b.csv'), join(source, `.sluice-${numbers.get('b.csv')}-00bb`));
    writeFileSync(join(source, '.sluice-999999'), content('of another ledger'));
    fleet.start('watcher');
    fleet.start('worker');
    await waitFor(async () => (await closedFiles(sql)) >= 5, { what: 'the put-back files to be complete' });
    await untilEmpty(source);
    expect(filesBelow(at('archive')).sort()).toEqual(['a.csv', 'b.csv', 'c.csv', 'sluice-999999.csv']);
    expect(await countOf(sql, 'events')).toBe(5);
    expect([...(await verify(sql)).problems]).toEqual([]);
  });

  it('goes on loading while the archive cannot be written to, says so once, and archives when it can', async () => {
    const { source, fleet, sql, at } = await cleaning('archive');
    writeFileSync(at('archive'), 'a file where the folder is to be');
    const watcher = fleet.start('watcher');
    const worker = fleet.start('worker');
    for (let i = 0; i < 3; i += 1) {
      dropFile(source, `f${i}.csv`, content('x'));
      await waitFor(async () => (await closedFiles(sql)) > i, { what: `file ${i} to be complete` });
    }
    const said = 'a source file cannot be cleaned: it stays where it is and is tried again';
    await waitFor(() => watcher.lines(said).length > 0, { what: 'the watcher to say so' });
    expect(filesBelow(source).sort()).toEqual(['f0.csv', 'f1.csv', 'f2.csv']);
    rmSync(at('archive'));
    await untilEmpty(source);
    expect(filesBelow(at('archive')).sort()).toEqual(['f0.csv', 'f1.csv', 'f2.csv']);
    expect(watcher.lines(said)).toHaveLength(1);
    expect(worker.lines(said).length).toBeLessThanOrEqual(1);
    expect(watcher.lines(said)[0]).toMatchObject({ hint: expect.stringContaining('move it away') });
  });

  it('switched off leaves files where they are, touched ones too', async () => {
    const { source, fleet, sql } = await cleaning('archive');
    dropFile(source, 'a.csv', content('x'));
    fleet.start('watcher', [], { CLEAN_SOURCE: 'off' });
    fleet.start('worker', [], { CLEAN_SOURCE: 'off' });
    await waitFor(async () => (await closedFiles(sql)) >= 1, { what: 'a complete file' });
    utimesSync(join(source, 'a.csv'), new Date(), new Date(Date.now() - 5_000));
    await waitFor(async () => (await closedFiles(sql)) >= 2, { what: 'the touched file to be known' });
    expect(filesBelow(source)).toEqual(['a.csv']);
  });
});

describe('folders', () => {
  const folders = (sourceDir: string, archiveDir: string, quarantineDir = join(tempFolder(), 'quarantine')) =>
    refuseFolders({ sourceDir, archiveDir, quarantineDir });

  it('are refused when the source folder is where cleaned files go, through a link too', async () => {
    const source = tempFolder();
    const link = join(tempFolder(), 'link');
    symlinkSync(source, link);
    await expect(folders(source, source)).rejects.toThrow('SOURCE_DIR');
    await expect(folders(link, source)).rejects.toThrow('ARCHIVE_DIR');
    await expect(folders(source, tempFolder(), link)).rejects.toThrow('QUARANTINE_DIR');
    await expect(folders(join(source, '2026', '11', '24'), source)).rejects.toThrow('ARCHIVE_DIR');
  });

  it('are taken when they differ, one in the other or not there yet', async () => {
    const data = tempFolder();
    mkdirSync(join(data, 'input'));
    await folders(join(data, 'input'), join(data, 'archive'));
    await folders(join(data, 'input'), join(data, 'input', 'archive'));
    await folders(join(data, 'missing', 'input'), join(data, 'missing'));
  });
});
