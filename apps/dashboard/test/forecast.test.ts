import { expect, it } from 'vitest';
import { type Ahead, forecastOf } from '../src/api/forecast.ts';

const NOW = Date.parse('2026-01-02T10:00:00.000Z');
const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString();

/** One file that is on its way, at 100 records a second, with a flush 20 s ahead. */
function ahead(o: {
  ledger?: Partial<Ahead['ledger']>;
  backlog?: Partial<Ahead['backlog']>;
  failed?: Partial<Ahead['failed']>;
  rest?: Partial<Ahead>;
}): Ahead {
  return {
    ledger: { files: 1, remaining: 1000, recordsPerSecond: 100, ...o.ledger },
    backlog: {
      ...{ openFiles: 1, parses: 0, inserts: 0, waitingRecords: 0, lastFlush: new Date(NOW - 10_000) },
      ...o.backlog,
    },
    failed: { batches: 0, records: 0, files: 0, openFiles: 0, ...o.failed },
    ...{ workers: 1, paused: [], config: { flushInterval: 30_000, flushWhenIdle: undefined }, ...o.rest },
  };
}

const nothing = { ledger: { files: 0, remaining: 0 }, backlog: { openFiles: 0 } };
const failed = { batches: 1, records: 1000, openFiles: 1 };

it.each<[string, Parameters<typeof ahead>[0], string, string | null]>([
  ['nothing', nothing, 'nothing', null],
  ['a file that is read', { backlog: { parses: 1 } }, 'clears', at(11)],
  ['a file that nobody has queued yet', {}, 'clears', at(11)],
  [
    'a file that is read, whose last records wait for a flush',
    { ledger: { remaining: 100 }, backlog: { parses: 1, waitingRecords: 50 } },
    'clears',
    at(21),
  ],
  [
    'records that wait for a flush',
    { failed: { openFiles: 1 }, backlog: { waitingRecords: 9 } },
    'clears',
    at(21),
  ],
  ['one batch in the insert queue', { failed: { openFiles: 1 }, backlog: { inserts: 1 } }, 'clears', at(1)],
  ['many batches in it', { failed: { openFiles: 1 }, backlog: { inserts: 20 } }, 'clears', at(11)],
  ['only a failed batch', { failed }, 'stopped', null],
  [
    'a failed batch and a file that is read',
    { failed, ledger: { files: 2, remaining: 3000 }, backlog: { openFiles: 2, parses: 1 } },
    'clears',
    at(21),
  ],
  ['only files of a feed that is set aside', { ledger: { files: 0, remaining: 0 } }, 'stopped', null],
  ['work without a worker', { rest: { workers: 0 } }, 'stopped', null],
  ['work of a paused queue', { rest: { paused: ['insert'] } }, 'stopped', null],
  ['work of an unknown pace', { ledger: { recordsPerSecond: 0 } }, 'unknown', null],
])('%s has its forecast', (_, o, state, clearsAt) => {
  expect(forecastOf(ahead(o), NOW)).toMatchObject({ state, clearsAt });
});

it('of failed batches alone does not move on with the clock, and says who can help', () => {
  const { why, remainingRecords } = forecastOf(ahead({ failed }), NOW);
  expect([why, remainingRecords]).toEqual([
    'only failed batches are left, which wait until somebody retries them',
    0,
  ]);
});
