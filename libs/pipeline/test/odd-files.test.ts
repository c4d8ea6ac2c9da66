import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { columnsOf, events } from '@sluice/core';
import { verify } from '@sluice/ledger';
import { waitFor } from '@sluice/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  closedFiles,
  countOf,
  dropFile,
  dropFiles,
  expectExactly,
  nothingExpected,
  type TestPipeline,
  testPipeline,
} from './load.ts';

let pipeline: TestPipeline;

beforeEach(async () => {
  pipeline = await testPipeline();
});

afterEach(() => pipeline.close());

function csv(...types: string[]): string {
  const lines = types.map((type) => `${crypto.randomUUID()},${type},product_1,user_1,2026-01-01 00:00:00,,`);
  return `${[columnsOf(events).join(','), ...lines].join('\n')}\n`;
}

interface FileRow {
  readonly name: string;
  readonly records: number;
  readonly inserted: number;
  readonly duplicates: number;
  readonly state: 'closed' | 'gone' | 'open';
  readonly same: boolean;
  readonly quarantine: string | null;
}

async function files(): Promise<FileRow[]> {
  return [
    ...(await pipeline.sql<FileRow[]>`
      SELECT name, records, inserted, duplicates, same_as IS NOT NULL AS same, quarantine,
             CASE WHEN closed_at IS NOT NULL THEN 'closed' WHEN gone_at IS NOT NULL THEN 'gone' ELSE 'open' END AS state
      FROM sluice_files ORDER BY file_no`),
  ];
}

const registered = (count: number) =>
  waitFor(async () => (await files()).length >= count, { what: `${count} registered versions` });

const closed = (count: number) =>
  waitFor(async () => (await closedFiles(pipeline.sql)) >= count, { what: `${count} complete files` });

const types = async () =>
  (await pipeline.sql<{ event_type: string }[]>`SELECT event_type FROM events ORDER BY 1`).map(
    (row) => row.event_type,
  );

describe('a file that', () => {
  it('is many blocks and chunks long: every row with its own values', async () => {
    const expected = nothingExpected();
    dropFiles(pipeline.source, 1, 31, expected, { min: 12_000, max: 12_000 });
    pipeline.fleet.start('watcher');
    pipeline.fleet.start('worker');
    await expectExactly(pipeline, expected);
  });

  it('is rewritten in place while it waits: the old version is recorded as gone, the new one is loaded', async () => {
    dropFile(pipeline.source, 'a.csv', csv('old', 'old'));
    pipeline.fleet.start('watcher');
    await registered(1);
    writeFileSync(join(pipeline.source, 'a.csv'), csv('new'));
    await registered(2);
    pipeline.fleet.start('worker');
    await closed(1);
    await waitFor(async () => (await files())[0]?.state === 'gone', { what: 'the old version to be gone' });
    expect(await files()).toMatchObject([
      { name: 'a.csv', state: 'gone', records: 0 },
      { name: 'a.csv', state: 'closed', records: 1, inserted: 1 },
    ]);
    expect(await types()).toEqual(['new']);
    expect([...(await verify(pipeline.sql)).problems]).toEqual([]);
  });

  it('is deleted before its parse: recorded as gone, and nothing is stuck', async () => {
    dropFile(pipeline.source, 'a.csv', csv('lost'));
    dropFile(pipeline.source, 'b.csv', csv('kept'));
    pipeline.fleet.start('watcher');
    await registered(2);
    rmSync(join(pipeline.source, 'a.csv'));
    pipeline.fleet.start('worker');
    await closed(1);
    await waitFor(async () => (await files()).every(({ state }) => state !== 'open'), {
      what: 'no open file',
    });
    expect(await types()).toEqual(['kept']);
    expect(await verify(pipeline.sql)).toMatchObject({ problems: [], gone: [{ name: 'a.csv' }] });
  });

  it('was gone and lies there again as it was: loaded', async () => {
    const content = csv('back');
    dropFile(pipeline.source, 'a.csv', content);
    pipeline.fleet.start('watcher');
    await registered(1);
    // As when the folder is unmounted for a while: the same inode comes back under the same name.
    const away = join(pipeline.env.DATA_DIR ?? '', 'away.csv');
    renameSync(join(pipeline.source, 'a.csv'), away);
    pipeline.fleet.start('worker');
    await waitFor(async () => (await files())[0]?.state === 'gone', { what: 'the file to be gone' });
    renameSync(away, join(pipeline.source, 'a.csv'));
    await closed(1);
    expect(await types()).toEqual(['back']);
  });

  it('is touched after it was loaded: known by its content, and not read again', async () => {
    dropFile(pipeline.source, 'a.csv', csv('once'));
    pipeline.fleet.start('watcher');
    pipeline.fleet.start('worker');
    await closed(1);
    utimesSync(join(pipeline.source, 'a.csv'), new Date(), new Date(Date.now() - 5_000));
    await closed(2);
    expect(await files()).toMatchObject([
      { same: false, records: 1 },
      { same: true, records: 0 },
    ]);
    expect(await countOf(pipeline.sql, 'sluice_commits')).toBe(1);
    expect([...(await verify(pipeline.sql)).problems]).toEqual([]);
  });

  it('comes back under its name with other content: both are loaded', async () => {
    dropFile(pipeline.source, 'a.csv', csv('first'));
    pipeline.fleet.start('watcher');
    pipeline.fleet.start('worker');
    await closed(1);
    dropFile(pipeline.source, 'a.csv', csv('second'));
    await closed(2);
    expect(await types()).toEqual(['first', 'second']);
  });

  it('has a hostile name: loaded all the same', async () => {
    const names = [
      'a b.csv',
      'x:y.csv',
      '123.csv',
      'new\nline.csv',
      'größe-数据-😀.csv',
      'UPPER.CSV',
      'quo\'te".csv',
      '%41.csv',
      'meta.csv',
    ];
    for (const name of names) dropFile(pipeline.source, name, csv(`t${names.indexOf(name)}`));
    pipeline.fleet.start('watcher');
    pipeline.fleet.start('worker');
    await closed(names.length);
    expect((await files()).map(({ name }) => name).sort()).toEqual([...names].sort());
    expect(await countOf(pipeline.sql, 'events')).toBe(names.length);
  });

  it('is no source file is left alone: dot files, *.tmp, *.part, links and folders', async () => {
    for (const name of ['.hidden.csv', 'a.csv.tmp', 'b.csv.part'])
      writeFileSync(join(pipeline.source, name), csv('no'));
    mkdirSync(join(pipeline.source, 'folder.csv'));
    writeFileSync(join(pipeline.env.DATA_DIR ?? '', 'outside.csv'), csv('no'));
    symlinkSync(join(pipeline.env.DATA_DIR ?? '', 'outside.csv'), join(pipeline.source, 'link.csv'));
    dropFile(pipeline.source, 'z.csv', csv('yes'));
    pipeline.fleet.start('watcher');
    pipeline.fleet.start('worker');
    await closed(1);
    expect((await files()).map(({ name }) => name)).toEqual(['z.csv']);
  });

  it('holds no events: empty and header-only ones are complete with 0 records, others are quarantined once', async () => {
    dropFile(pipeline.source, 'empty.csv', '');
    dropFile(pipeline.source, 'header.csv', csv());
    dropFile(pipeline.source, 'other.csv', 'a,b\n1,2\n');
    writeFileSync(
      join(pipeline.source, 'latin1.csv'),
      Buffer.concat([Buffer.from(csv('ok')), Buffer.from([0xe9, 0x0a])]),
    );
    pipeline.fleet.start('watcher');
    pipeline.fleet.start('worker');
    await closed(4);
    const byName = new Map((await files()).map((file) => [file.name, file]));
    expect(byName.get('empty.csv')).toMatchObject({ records: 0, quarantine: null });
    expect(byName.get('header.csv')).toMatchObject({ records: 0, quarantine: null });
    expect(byName.get('other.csv')).toMatchObject({ records: 0, quarantine: 'header_missing_column' });
    expect(byName.get('latin1.csv')).toMatchObject({ records: 1, quarantine: 'encoding' });
    expect([...(await verify(pipeline.sql)).problems]).toEqual([]);
  });
});
