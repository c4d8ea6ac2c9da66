import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '@sluice/process';
import { tempFolder } from '@sluice/testkit';
import { expect, test } from 'vitest';
import { canonicalLoad, readFeeds } from '../src/index.ts';
import { linesOf, withFeeds } from './yaml.ts';

const feed = (name: string, more = '') =>
  `feed: ${name}\n${more}\nschema: { primaryKey: id, fields: [{ name: id, constraints: { required: true } }] }\n`;

test('a feed of three lines has the defaults of folders, files, format and load', async () => {
  const config = withFeeds({ 'orders.yaml': feed('orders') }, { RETENTION: '30d', CLEAN_SOURCE: 'delete' });
  const { declarations, mistakes } = await readFeeds(config);
  expect(mistakes).toEqual([]);
  expect(declarations).toEqual([
    {
      name: 'orders',
      file: join(config.cwd, 'config/feeds/orders.yaml'),
      modifiedAt: new Date(1_700_000_000_000),
      sourceOptions: {},
      source: join(config.cwd, 'data/sources/orders'),
      files: ['*.csv', '*.csv.gz', '*.csv.zst'],
      cleanSource: 'off',
      archiveDir: join(config.cwd, 'data/archive/orders'),
      quarantineDir: join(config.cwd, 'data/quarantine/orders'),
      retention: 30 * 86_400_000,
      sameContent: 'hold',
      newContent: 'hold',
      load: {
        rules: {
          ...{
            type: 'csv',
            encoding: 'utf-8',
            skipRows: 0,
            header: true,
            delimiter: ',',
            quoteChar: '"',
            comment: null,
          },
          ...{ timeZone: 'UTC', rejectLimit: null, expansionLimit: 200 },
        },
        contract: {
          table: 'orders',
          fields: [{ type: 'string', name: 'id', constraints: { required: true } }],
          key: ['id'],
          duplicates: 'first',
          filled: ['sluice_file', 'sluice_line'],
          ...{ countBy: null, time: null, unknownColumns: 'ignore', exclusive: false },
        },
      },
    },
  ]);
});

test('what a feed expects is no part of what it pins', async () => {
  const words = [
    '',
    'expect: { every: 1d }',
    'expect: { every: 7d, by: 06:30, timezone: Europe/Berlin, files: 2 }',
  ];
  const read = await Promise.all(
    words.map(
      async (more) => (await readFeeds(withFeeds({ 'orders.yaml': feed('orders', more) }))).declarations[0],
    ),
  );
  const day = 86_400_000;
  expect(read.map((one) => one?.expect)).toEqual([
    undefined,
    { every: day, by: null, timeZone: 'UTC', files: 1 },
    { every: 7 * day, by: 390, timeZone: 'Europe/Berlin', files: 2 },
  ]);
  expect(new Set(read.map((one) => one && canonicalLoad(one.load))).size).toBe(1);
});

test('what holds for all fields is pinned with each field, and a word with its default value is not pinned', async () => {
  const one = `feed: orders
format: { decimalChar: ",", groupChar: "." }
schema:
  primaryKey: [id, day]
  missingValues: ["", "NULL"]
  fields:
    - { name: id, constraints: { required: true, maxLength: 40 } }
    - { name: day, type: date, format: "%Y-%m-%d", constraints: { required: true } }
    - { name: amount, type: number, digits: [10, 2], description: "with tax" }
    - { name: count, type: integer, missingValues: [""], unsigned: false }
    - { name: rate, type: number, decimalChar: ".", groupChar: "'" }
    - { name: price, type: number, groupChar: "." }
    - { name: shop, value: $file.1 }
`;
  const { declarations } = await readFeeds(withFeeds({ 'orders.yaml': one }));
  expect(declarations[0]?.load.contract).toMatchObject({
    fields: [
      { name: 'id', missingValues: ['', 'NULL'], constraints: { required: true, maxLength: 40 } },
      { name: 'day', missingValues: ['', 'NULL'] },
      { name: 'amount', decimalChar: ',', groupChar: '.', digits: [10, 2] },
      { name: 'count', groupChar: '.', constraints: {} },
      { name: 'rate', groupChar: "'" },
      { name: 'price', decimalChar: ',', groupChar: '.' },
      { name: 'shop', type: 'string', value: '$file.1' },
    ],
    files: ['*.csv', '*.csv.gz', '*.csv.zst'],
  });
  const fields = JSON.stringify(declarations[0]?.load.contract.fields);
  expect(fields).not.toMatch(/"description"|"unsigned"|%Y-%m-%d|"decimalChar":"\."|"missingValues":\[""\]/);

  // The same in other words, and in another order, is the same load.
  const other = one
    .replace('format: "%Y-%m-%d", ', '')
    .replace(', description: "with tax"', ', title: x')
    .replace(', unsigned: false', '')
    .replace(
      'format: { decimalChar: ",", groupChar: "." }',
      'format:\n  groupChar: "."\n  decimalChar: ","\n  header: true',
    );
  const again = await readFeeds(withFeeds({ 'orders.yaml': other }));
  const texts = [declarations, again.declarations].map(([found]) => found && canonicalLoad(found.load));
  expect(texts[0]).toBeDefined();
  expect(texts[1]).toBe(texts[0]);
});

test('a file is read again when it has changed, and taken apart only then', async () => {
  const config = withFeeds({ 'a.yaml': feed('a'), 'b.yaml': `${feed('b')}x: 1\n` });
  const [first, second] = [await readFeeds(config), await readFeeds(config)];
  expect(second.declarations[0]).toBe(first.declarations[0]);
  expect(second).toEqual(first);
  const path = join(config.cwd, 'config/feeds/b.yaml');
  writeFileSync(path, feed('b'));
  expect((await readFeeds(config)).declarations.map(({ name }) => name)).toEqual(['a', 'b']);
  rmSync(path);
  expect((await readFeeds(config)).declarations.map(({ name }) => name)).toEqual(['a']);
});

test('only files that end in .yaml are feeds, and one that ends in .yml is told', async () => {
  const config = withFeeds({
    'orders.yaml': feed('orders'),
    '.#orders.yaml': 'of an editor',
    'orders.yaml~': 'of an editor',
    'feed.schema.json': '{}',
    'sales.yml': feed('sales'),
  });
  mkdirSync(join(config.feedsDir, 'folder.yaml'));
  symlinkSync('gone', join(config.feedsDir, 'gone.yaml'));
  expect(await linesOf(config)).toEqual([
    'config/feeds/folder.yaml:1: got a file that cannot be read (EISDIR); allowed: one that can',
    'config/feeds/sales.yml:1: got a file that ends in .yml; allowed: .yaml',
  ]);
  expect((await readFeeds(config)).declarations.map(({ name }) => name)).toEqual(['orders']);
});

test('a feed with a mistake stops no other feed', async () => {
  const config = withFeeds({ 'a.yaml': feed('a'), 'b.yaml': feed('c'), 'd.yaml': feed('d') });
  const { declarations, mistakes } = await readFeeds(config);
  expect(declarations.map(({ name }) => name)).toEqual(['a', 'd']);
  expect(mistakes).toMatchObject([{ feed: 'b', line: 1 }]);
});

test('of two feeds of one table, the one that was changed last is wrong', async () => {
  const config = withFeeds({ 'b.yaml': feed('b', 'table: shop.t'), 'a.yaml': feed('a', 'table: shop.t') });
  expect(await linesOf(config)).toEqual([
    'config/feeds/a.yaml:2: table: got "shop.t"; allowed: a table that no other feed fills; b fills shop.t',
  ]);
  expect((await readFeeds(config)).declarations.map(({ name }) => name)).toEqual(['b']);
  const plain = withFeeds({ 'b.yaml': feed('b', 'table: t'), 'a.yaml': feed('a', 'table: public.t') });
  expect(await linesOf(plain)).toEqual([expect.stringContaining('no other feed fills; b fills t')]);
});

test('a source folder that cleaned files are put into is refused, through links and between feeds', async () => {
  const config = withFeeds({
    'a.yaml': feed('a', 'source: in\nload: { archiveDir: done }'),
    'b.yaml': feed('b', 'source: done/2026/01/31'),
    'c.yaml': feed('c', 'source: link\nload: { quarantineDir: real }'),
    'd.yaml': feed('d', 'load: { archiveDir: in }'),
    'e.yaml': feed('e', 'source: done/2026'),
  });
  mkdirSync(join(config.cwd, 'real'));
  symlinkSync('real', join(config.cwd, 'link'));
  expect(await linesOf(config)).toEqual([
    `config/feeds/b.yaml:2: source: got "done/2026/01/31"; allowed: a folder that no feed puts cleaned files into, as a does (archiveDir)`,
    'config/feeds/c.yaml:2: source: got "link"; allowed: a folder that no feed puts cleaned files into, as c does (quarantineDir)',
    `config/feeds/d.yaml:2: load.archiveDir: got "in"; allowed: a folder where no feed looks for files, as a does`,
  ]);
});

test('a feed that looks into subfolders finds no cleaned file: such an archive is refused, unless it is hidden', async () => {
  const deep = (name: string, load: string) =>
    feed(name, `source: ${name}\nfiles: ["**/*.csv"]\nload: { ${load} }`);
  const config = withFeeds({
    'a.yaml': deep('a', 'archive: a/old/done'),
    'b.yaml': deep('b', 'quarantine: b/bad'),
    'c.yaml': deep('c', 'archive: c/.old/done, quarantine: cc/bad'),
    'd.yaml': feed('d', 'source: d\nload: { archive: d/done }'),
    'e.yaml': feed('e', 'source: s3://bucket/in\nfiles: ["**/*.csv"]\nload: { archive: s3://bucket/in/old }'),
    'f.yaml': feed('f', 'source: s3://bucket/f\nfiles: ["**/*.csv"]\nload: { archive: s3://bucket/old }'),
  });
  const told = (name: string, word: string) => expect.stringContaining(`as ${name} does (${word})`);
  expect(await linesOf(config)).toEqual([
    told('a', 'archive'),
    told('b', 'quarantine'),
    told('e', 'archive'),
  ]);
});

test('without a folder of feeds, those that Sluice ships with hold; a folder that is named must be there', async () => {
  const cwd = tempFolder();
  const { declarations } = await readFeeds(loadConfig({ env: {}, cwd }));
  expect(declarations.map(({ name, source }) => ({ name, source }))).toEqual([
    { name: 'events', source: join(cwd, 'data/input_data') },
  ]);
  await expect(readFeeds(loadConfig({ env: { FEEDS_DIR: 'none' }, cwd }))).rejects.toThrow(
    `FEEDS_DIR: got "${join(cwd, 'none')}", which cannot be read (ENOENT); allowed: a folder with one YAML file for each feed`,
  );
  mkdirSync(join(cwd, 'config/feeds'), { recursive: true });
  expect(await readFeeds(loadConfig({ env: {}, cwd }))).toEqual({ declarations: [], mistakes: [] });
  rmSync(join(cwd, 'config/feeds'), { recursive: true });
  writeFileSync(join(cwd, 'config/feeds'), '');
  await expect(readFeeds(loadConfig({ env: {}, cwd }))).rejects.toThrow('which cannot be read (ENOTDIR)');
});
