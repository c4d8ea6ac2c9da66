import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { DEFAULT_RULES, EventFile, type Load } from '@sluice/core';
import { tempFolder } from '@sluice/testkit';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  type FeedChoices,
  feedYaml,
  type Inspection,
  inspect,
  mistakeLine,
  readFeeds,
} from '../src/index.ts';
import { SAMPLE_FILES, type SampleFile } from './sample-files.ts';
import { type WrittenTable, written, writtenTable } from './written-table.ts';
import { withFeeds } from './yaml.ts';

type Files = SampleFile['files'];

/** Puts samples into a folder, and gives their paths. */
function placed(files: Files): string[] {
  const folder = tempFolder();
  mkdirSync(folder, { recursive: true });
  return Object.entries(files).map(([name, content]) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  });
}

const inspected = (files: Files): Promise<Inspection> => inspect(placed(files));

/** What the reader of feeds makes of a YAML: its load, or its mistakes. */
async function read(
  yaml: string,
): Promise<{ readonly load: Load } | { readonly mistakes: readonly string[] }> {
  const config = withFeeds({ 'sample.yaml': yaml });
  const { declarations, mistakes } = await readFeeds(config);
  const load = declarations[0]?.load;
  return load ? { load } : { mistakes: mistakes.map((mistake) => mistakeLine(mistake, config.cwd)) };
}

async function loadOf(found: Inspection, answers: SampleFile['answers'] = {}): Promise<Load> {
  const { primaryKey, ...others } = answers;
  const key =
    primaryKey === undefined
      ? {}
      : ({ key: primaryKey === 'keep' ? primaryKey : primaryKey.split(',') } as const);
  let yaml = feedYaml(found, { name: 'sample', ...key });
  for (const [column, answer] of Object.entries(others)) {
    yaml = yaml.replace(new RegExp(`(name: ${column}, .*): "\\?"`), `$1: ${answer}`);
  }
  const feed = await read(yaml);
  if ('load' in feed) return feed.load;
  throw new Error(`${feed.mistakes.join('\n')}\n${yaml}`);
}

/** Loads the bytes of a file as a worker does. */
function loaded({ rules, contract }: Load, bytes: Uint8Array) {
  const file = new EventFile({ ...DEFAULT_RULES, ...rules }, contract);
  const chunks = [...file.push(bytes)].flat();
  if (file.fault === null) chunks.push(...[...file.finish()].flat());
  chunks.push(file.end('hash'));
  const rejects = chunks.flatMap((chunk) => chunk.rejects);
  return { fault: file.fault, rows: chunks.flatMap((chunk) => chunk.rows.parsed()), rejects };
}

describe.each(SAMPLE_FILES)('samples with $kind', ({ files, format, fields, key, answers, rejects = [] }) => {
  it('give a feed that says so, and no other rejects than those that are announced', async () => {
    const found = await inspected(files);
    expect(found.questions.map(({ column, word }) => column ?? word)).toEqual(Object.keys(answers ?? {}));
    expect(found.key).toEqual(key);
    const announced = found.outliers.flatMap(({ places }) => places.map(({ line }) => line));
    expect(announced.sort((a, b) => a - b)).toEqual(rejects);

    const load = await loadOf(found, answers);
    expect(load.rules).toMatchObject(format ?? {});
    for (const [name, words] of Object.entries(fields)) {
      expect(load.contract.fields.find((field) => field.name === name)).toMatchObject(words);
    }
    const results = Object.values(files).map((content) => loaded(load, Buffer.from(content)));
    expect(results.map(({ fault }) => fault)).toEqual(results.map(() => null));
    const lines = results.flatMap((result) => result.rejects.map(({ line }) => line));
    expect(lines).toEqual(rejects);
    expect(results.flatMap(({ rows }) => rows)).toHaveLength(found.records - announcedByColumn(found));
  });
});

/** Records that are rejected for one of their values. The others are not counted as records. */
function announcedByColumn({ outliers }: Inspection): number {
  return outliers.reduce((sum, { column, count }) => sum + (column === null ? 0 : count), 0);
}

test('a random table in a random dialect is inferred as it was written, and loads without rejects', async () => {
  await fc.assert(
    fc.asyncProperty(writtenTable, async (table: WrittenTable) => {
      const found = await inspected({ 'sample.csv': written(table) });
      expect(found.outliers).toEqual([]);
      const load = await loadOf(found, { primaryKey: 'id' });
      expect(load.contract.fields.map(({ type }) => type)).toEqual([
        'integer',
        ...table.columns.map(({ type }) => type),
      ]);
      const { rows, rejects, fault } = loaded(load, written(table));
      expect({ fault, rejects }).toEqual({ fault: null, rejects: [] });
      const names = load.contract.fields.map(({ name }) => name);
      const values = rows.map((row) => names.slice(1).map((name) => row[name]));
      expect(values).toEqual(table.rows.map((row) => row.map(({ value }) => value)));
    }),
    { numRuns: 50 },
  );
});

test.each([
  ['gz', gzipSync],
  ['zst', zstdCompressSync],
])('a sample may be compressed: %s', async (ending, compress) => {
  const plain = Buffer.from('id,amount\n1,2.50\n2,3.25\n');
  const { records, files } = await inspected({ [`pay_2026.csv.${ending}`]: compress(plain) });
  expect({ records, files }).toEqual({ records: 2, files: [`pay_2026.csv.${ending}`] });
});

test.each<[string, Files, RegExp]>([
  ['line ends of CR alone', { 'a.csv': 'id,a\r1,2\r' }, /end in CR alone/],
  ['nothing', { 'a.csv': '' }, /no records/],
  ['a header alone', { 'a.csv': 'id,a\n' }, /no records/],
  [
    'a spreadsheet',
    { 'a.csv': Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 1, 2]) },
    /begins like a zip archive \(\.zip, \.xlsx\)/,
  ],
  ['no text', { 'a.csv': Buffer.from([0, 1, 2, 0, 1, 2, 0xff]) }, /neither UTF-8 nor windows-1252/],
  [
    'Cyrillic letters of one byte',
    { 'a.csv': Buffer.from([...Buffer.from('id,name\n1,'), 0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2]) },
    /neither UTF-8/,
  ],
  ['two delimiters', { 'a.csv': 'id,a\n1,2\n', 'b.csv': 'id;a\n1;2\n' }, /delimiter ";", and not ","/],
  [
    'two encodings',
    { 'a.csv': 'id,a\n1,ä\n', 'b.csv': Buffer.from('id,a\n2,ä\n', 'latin1') },
    /windows-1252, and a.csv is utf-8/,
  ],
])('samples with %s are refused, and the message says why', async (_, files, message) => {
  await expect(inspected(files)).rejects.toThrow(message);
});

test('reading ends when the command shall stop', async () => {
  const paths = placed({ 'a.csv': 'id,a\n1,2\n' });
  await expect(inspect(paths, { stopping: AbortSignal.abort() })).rejects.toThrow(/stopped before/);
});

test('a file that does not exist is refused', async () => {
  await expect(inspect([join(tempFolder(), 'none.csv')])).rejects.toThrow(
    /none\.csv cannot be read \(ENOENT\)/,
  );
});

test('the encoding and the meaning of 0 and 1 can be said', async () => {
  const [path = ''] = placed({
    'a.csv': Buffer.from([...Buffer.from('id,b\n1,0\n2,1\n3,1\n4,0\n5,1'), 0x0a]),
  });
  const found = await inspect([path], { encoding: 'iso-8859-2', bits: true });
  expect(found.fields[1]?.words).toEqual({ type: 'boolean', trueValues: ['1'], falseValues: ['0'] });
});

describe('the YAML', () => {
  const choices: FeedChoices = { name: 'sample' };

  it('is refused by the reader of feeds until each question is answered, at its line', async () => {
    const found = await inspected({ 'a.csv': 'name,on,weight\nx,01/02/2025,1.234\ny,03/04/2025,2.345\n' });
    const yaml = feedYaml(found, choices);
    const feed = await read(yaml);
    const open = yaml.split('\n').flatMap((line, i) => (line.includes('"?"') ? [i + 1] : []));
    expect(open).toHaveLength(3);
    expect('mistakes' in feed && feed.mistakes.map((line) => line.split(':').slice(1, 2).join())).toEqual(
      open.map(String),
    );
    expect('mistakes' in feed && feed.mistakes.every((line) => line.includes('an open question'))).toBe(true);
  });

  it('shows no values of the sample', async () => {
    const found = await inspected({
      'a.csv': 'id,name,born,pay\n4711,Zoltan,27.03.1971,8765.43\n4712,Xenia,28.03.1972,9876.54\n',
    });
    for (const value of ['4711', 'Zoltan', 'Xenia', '1971', '8765', '9876']) {
      expect(feedYaml(found, choices)).not.toContain(value);
    }
  });

  it('takes the key by the names of the header, and refuses one that is not there', async () => {
    const found = await inspected({ 'a.csv': 'Shop Name,Day,n\nx,2025-01-01,1\nx,2025-01-02,1\n' });
    expect(feedYaml(found, { ...choices, key: ['Shop Name', 'day'] })).toContain(
      'primaryKey: [shop_name, day]',
    );
    expect(() => feedYaml(found, { ...choices, key: ['shop'] })).toThrow(/no column "shop"/);
  });

  it('is the same for the same samples', async () => {
    const files = SAMPLE_FILES[0]?.files ?? {};
    expect(feedYaml(await inspected(files), choices)).toBe(feedYaml(await inspected(files), choices));
  });
});
