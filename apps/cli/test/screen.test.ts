import { expect, it } from 'vitest';
import { banner, shownAddress } from '../src/banner.ts';
import { age, counted, printable, shellWord, table } from '../src/printable.ts';
import { progressLine, Rate } from '../src/progress.ts';

const plain = (_format: unknown, text: string): string => text;
const figures = {
  files: 12_345,
  known: 12_999,
  rows: 9_876_543,
  duplicates: 19_999,
  rejects: 9_999,
  staged: 1_000,
  queued: 640,
};

it.each([80, 60, 40, 20])('the progress line never wraps in %i columns, and keeps the rows', (columns) => {
  const line = progressLine(figures, 25_000, columns);
  expect(line.length).toBeLessThan(columns);
  expect(line).toContain('9,876,543 rows');
});

it('the rate is that of the last 30 s', () => {
  const rate = new Rate();
  expect(rate.add(0, 0)).toBe(0);
  expect(rate.add(1_000, 500)).toBe(500);
  expect(rate.add(61_000, 500)).toBe(0);
  expect(rate.add(62_000, 1_100)).toBe(10);
});

it.each([80, 60])('the banner fits %i columns and hides passwords', (columns) => {
  const server = { version: '18.4', keeper: 'embedded' as const };
  const facts = {
    version: '0.1.0',
    postgres: { ...server, url: 'postgres://sluice:secret@127.0.0.1:26152/ecommerce_streaming' },
    redis: { ...server, url: 'redis://:secret@127.0.0.1:25025' },
    sourceDir: `${process.cwd()}/data/input_data`,
    feeds: ['events', 'orders', 'a_feed_with_a_very_long_name', 'another_feed_with_a_long_name'],
    running: 'generator, watcher, 2 workers',
    ledger: '1,234,567 rows of 20,000 files so far',
    waiting: '1,500 files still to load',
    generatorLeftOut: true,
    dashboard: 'http://127.0.0.1:3000',
    dashboardHint: 'log in with name and password',
    endless: true,
  };
  const text = banner(facts, { style: plain, columns });
  expect(text).not.toContain('secret');
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
  expect(text).toMatch(/^ +Folder +data\/input_data$/m);
  expect(text).toMatch(/feed init my\.csv/);
});

it('an address that does not fit is told by host, port and database', () => {
  expect(shownAddress('postgres://me:secret@db:5432/name', 40)).toBe('postgres://me:***@db:5432/name');
  expect(shownAddress('postgres://me:secret@db:5432/name', 20)).toBe('db:5432/name');
});

it('what a file is called cannot act on the terminal', () => {
  expect(printable('a\u001b[2Jb\nc\u202ed')).toBe('ab\\u000ac\\u202ed');
  expect(['data/my.csv', "it's.csv", '', '$(id)'].map(shellWord)).toEqual([
    'data/my.csv',
    String.raw`'it'\''s.csv'`,
    "''",
    "'$(id)'",
  ]);
});

it('counts, ages and tables read as a person would write them', () => {
  expect([counted(1, 'file'), counted(1_200, 'file'), counted(2, 'batch', 'batches')]).toEqual([
    '1 file',
    '1,200 files',
    '2 batches',
  ]);
  expect([age(8_400), age(180_000), age(36_000_000)]).toEqual(['8 s', '3 min', '10 h']);
  expect(
    table([
      ['a', 5, 'x'],
      ['bcd', 1_000, ''],
    ]),
  ).toEqual(['a        5  x', 'bcd  1,000']);
});
