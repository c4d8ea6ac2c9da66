import { fileNo } from '@sluice/core';
import type { ListedFile } from '@sluice/ledger';
import { widthOf } from '@sluice/process';
import { expect, it, onTestFinished } from 'vitest';
import { fileListPage } from '../src/file-list-page.ts';
import { middle } from '../src/printable.ts';
import { Screen } from '../src/screen.ts';

const file: ListedFile = {
  ...{ fileNo: fileNo.parse(12_345), feed: 'partner', generation: 0, bytes: 10, closedAt: null },
  ...{ records: 1_234_567, inserted: 1_234_567, duplicates: 0, conflicts: 0, rejects: 12, quarantine: null },
  state: 'quarantined',
  name: `partner/${'x'.repeat(150)}_訂單.csv`,
  landedAt: new Date('2026-11-04T08:15:30Z'),
};

it('a long name is cut in its middle, so that its ending stays', () => {
  expect(middle('events_20261104_000000001.csv', 15)).toBe('events_…001.csv');
  expect(middle('short.csv', 15)).toBe('short.csv');
});

it('the list of files fits a terminal of 80 columns, and names the next page', () => {
  const { isTTY } = process.stdout;
  process.stdout.isTTY = true;
  onTestFinished(() => {
    process.stdout.isTTY = isTTY;
  });
  const lines = fileListPage([file], true, new Screen()).split('\n');
  expect(lines.filter((line) => widthOf(line) > 80)).toEqual([]);
  expect(lines[1]).toMatch(/^12345 {2}2026-11-04 08:15 {2}quarantined {2}1,234,567 +12 {2}partner\/x+…/);
  expect(lines.at(-1)).toContain('--before 12345');
});
