import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { beginRun } from '@sluice/ledger';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FeedStores, reportRun } from '../src/index.ts';
import { dropEvents, eventsOf, type InProcess, idOf, inProcess } from './in-process.ts';
import { dropFile } from './load.ts';

let pipeline: InProcess;
let stores: FeedStores;

beforeAll(async () => {
  pipeline = await inProcess();
  stores = pipeline.open();
});
afterAll(() => pipeline.close());

const header = eventsOf([]);
const line = (n: number, type = 'view', at = '2026-01-01 00:00:00') =>
  `${idOf(n)},${type},p,u,${at},1,1.00\n`;

/** Loads what this drops, and what the run says of it: the codes of its reasons, the files that were left, and why there was nothing. */
async function run(drop: () => void) {
  const start = await beginRun(stores.sql);
  drop();
  await pipeline.load();
  const { reasons, left, more, nothing } = await reportRun(stores, start);
  const told = reasons.map(({ code, subject, level }) => `${level} ${code} ${subject}`);
  return {
    told,
    texts: reasons.map(({ text }) => text),
    left: left.map(({ name, why }) => `${name}: ${why}`),
    more,
    nothing,
  };
}

it('a run tells which of its own files need a person, and why it loaded nothing', async () => {
  expect(await run(() => undefined)).toMatchObject({
    told: [],
    nothing: 'no file lies in the source folders',
  });
  const first = await run(() => {
    dropEvents(pipeline, 'good.csv', [1]);
    dropFile(pipeline.source, 'partly.csv', header + line(2) + line(3, 'view', 'no'));
    dropFile(pipeline.source, 'header.csv', 'no,events\n1,2\n');
    dropFile(pipeline.source, 'wrong.csv', header + line(4, 'view', 'no') + line(5, 'view', 'no'));
    dropFile(pipeline.source, 'quote.csv', header + line(6, '"view') + line(7) + line(8, 'view"') + line(9));
  });
  expect(first).toMatchObject({
    told: [
      'attention file_quarantined header.csv',
      'attention file_rejected wrong.csv',
      'attention lines_swallowed quote.csv',
    ],
    texts: [
      expect.stringMatching(/^header\.csv is quarantined \(header_missing_column\): /),
      'all 2 records of wrong.csv were rejected',
      expect.stringMatching(/^quote\.csv: line 2 opens a quote that is closed on line 4/),
    ],
    left: [],
    nothing: '',
  });

  expect(await run(() => undefined)).toMatchObject({
    ...{ told: [], left: [] },
    nothing: 'in the source folders lie only 5 files that were loaded or quarantined before',
  });
  const touched = await run(() => utimesSync(join(pipeline.source, 'good.csv'), 1, 1));
  expect(touched).toMatchObject({
    ...{ told: [], nothing: '' },
    left: ['good.csv: it was loaded before with the same content'],
  });
});
