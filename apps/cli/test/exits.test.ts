import type { FileNo } from '@sluice/core';
import type { Proof } from '@sluice/ledger';
import type { RunReport } from '@sluice/pipeline';
import { expect, test } from 'vitest';
import { outcomeOf } from '../src/commands/verify.ts';
import { attentionText, leftText, runJson } from '../src/run-lines.ts';
import { goneLines } from '../src/summary.ts';

type Problem = Proof['problems'][number]['problem'];
type Sources = NonNullable<Parameters<typeof outcomeOf>[1]>;

const proof = (...problems: Problem[]): Proof => ({
  problems: problems.map((problem) => ({ problem, fileNo: null, name: null, detail: '' })),
  gone: [],
});
const sources = (some: Partial<Sources>): Sources => ({
  ...{ files: 1, loaded: 0, open: 0, held: 0, onTheirWay: 0, hidden: [], unclaimed: 0, unreadableNames: 0 },
  ...some,
});

test.each<[ReturnType<typeof outcomeOf>, Proof, Sources | undefined]>([
  ['right', proof(), undefined],
  ['right', proof(), sources({ loaded: 1, held: 1, unclaimed: 1 })],
  ['on_its_way', proof('open', 'open'), undefined],
  ['on_its_way', proof(), sources({ onTheirWay: 1 })],
  ['on_its_way', proof(), sources({ open: 1 })],
  ['wrong', proof('open', 'gap'), undefined],
  ['wrong', proof('open'), sources({ hidden: [{ name: 'a.csv', why: 'unknown' }] })],
  ['wrong', proof(), sources({ unreadableNames: 1 })],
])('a proof is %s', (outcome, found, folder) => {
  expect(outcomeOf(found, folder)).toBe(outcome);
});

test('a file that may not be read did not go away', () => {
  const gone = (['missing', 'unreadable', null] as const).map((why, i) => {
    return { fileNo: (i + 1) as FileNo, name: `${i}.csv`, records: 0, why };
  });
  expect(goneLines({ problems: [], gone })).toEqual([
    '2 files went away before all of it was read: 0.csv, 2.csv',
    '1 file could not be read: 1.csv (give this account the right to read it)',
  ]);
});

const report: RunReport = {
  reasons: [
    {
      ...{ code: 'file_rejected', level: 'attention', subject: 'b.csv', feed: 'events', version: '2' },
      ...{ text: 'all 2 records of b.csv were rejected', todo: '"rejects --file b.csv" says why' },
    },
  ],
  left: [
    {
      name: 'a\u001b[2J.csv',
      feed: 'events',
      why: 'it was loaded before',
      todo: '"replay a.csv" loads it again',
    },
  ],
  ...{ more: 3, nothing: '' },
};

test('a run names its files that need a person, and those that were not loaded, and says why', () => {
  expect(attentionText(report)).toBe(
    'Needs attention: 4 files of this run\n  all 2 records of b.csv were rejected: "rejects --file b.csv" says why\n  ... and 3 more files ("status" has them)',
  );
  expect(leftText(report, 5)).toBe(
    'Not loaded: 1 file\n  a.csv: it was loaded before; "replay a.csv" loads it again',
  );
  const nothing = { reasons: [], left: [], more: 0, nothing: 'no file lies in the source folders' };
  expect(attentionText(nothing)).toBe('');
  expect(leftText(nothing, 0)).toBe('Nothing was loaded: no file lies in the source folders');
  expect(leftText(nothing, 1)).toBe('');
  expect(runJson(nothing, 0)).toEqual({
    attention: [],
    notLoaded: [],
    nothing: 'no file lies in the source folders',
  });
});
