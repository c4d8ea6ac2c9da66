import { expect, it } from 'vitest';
import { type HealthFacts, healthOf, judgeHealth, reason, reasonLine } from '../src/index.ts';

const QUIET: HealthFacts = {
  backlog: {
    ...{ openFiles: 0, oldestOpen: null, parses: 0, inserts: 0, failedInserts: 0, failedParses: 0 },
    ...{
      waitingRecords: 0,
      stagedChunks: 0,
      stagedBytes: 0,
      openBatches: 0,
      newerChunks: 0,
      lastFlush: null,
      lastCommit: null,
    },
  },
  workers: 1,
  flushOverdue: 0,
  standsFor: 0,
  waiting: { files: 0, unfinished: 0, names: [] },
  blind: [],
  feeds: {
    ...{ aside: [], outdated: [], mistakes: [], ambiguous: [], held: [], unclaimed: [] },
    ...{ unreadable: [], missed: [] },
  },
  unseen: 0,
  paused: [],
};

const WORK: HealthFacts = { ...QUIET, backlog: { ...QUIET.backlog, openFiles: 1 } };

const missed = reason({
  ...{ code: 'process_missed', subject: 'worker on a', text: 'it went silent', todo: 'look at it' },
});
const paused = reason({ code: 'paused', subject: 'parse', text: 'it is paused', todo: 'resume it' });

it('is as bad as the worst reason, names what is stuck first, and still says what goes on', () => {
  expect(judgeHealth(QUIET)).toMatchObject({ state: 'idle', doing: 'idle', reasons: [] });
  expect(judgeHealth(WORK)).toMatchObject({ state: 'running', doing: 'running', reasons: [] });
  expect(healthOf('running', [missed])).toMatchObject({ state: 'attention', doing: 'running' });
  const both = healthOf('idle', [missed, paused]);
  expect(both).toMatchObject({ state: 'stuck', doing: 'idle' });
  expect(both.reasons.map(({ code, level }) => [code, level])).toEqual([
    ['paused', 'stuck'],
    ['process_missed', 'attention'],
  ]);
  expect(reasonLine(missed)).toBe('it went silent: look at it');
});

it('says what it is about and what to do, apart from what is wrong', () => {
  const { reasons } = judgeHealth({
    ...WORK,
    workers: 0,
    feeds: { ...QUIET.feeds, aside: [{ feed: 'orders', why: 'no column' }] },
  });
  expect(reasons).toMatchObject([
    { code: 'no_workers', level: 'stuck', subject: '', todo: 'npm run worker' },
    {
      code: 'feed_aside',
      level: 'stuck',
      subject: 'orders',
      feed: 'orders',
      todo: expect.stringContaining('feed check orders'),
    },
  ]);
});

it('needs attention while files have not come, and while some may not be read', () => {
  const [from, to, due] = ['2026-11-27T23:00Z', '2026-11-28T23:00Z', '2026-11-28T05:30Z'].map(
    (at) => new Date(at),
  );
  if (from === undefined || to === undefined || due === undefined) throw new Error('three times');
  const daily = { every: 86_400_000, by: 390, timeZone: 'Europe/Berlin', files: 1 };
  const health = judgeHealth({
    ...QUIET,
    feeds: {
      ...QUIET.feeds,
      missed: [{ feed: 'orders', expect: daily, period: { from, to, due }, landed: 0 }],
      unreadable: [{ feed: 'events', host: 'a', files: 9, names: ['a.csv', 'b.csv'] }],
    },
  });
  expect(health.state).toBe('attention');
  expect(health.reasons.map(({ code, subject, feed }) => [code, subject, feed])).toEqual([
    ['expectation_missed', 'orders', 'orders'],
    ['file_unreadable', 'a.csv', 'events'],
    ['file_unreadable', 'b.csv', 'events'],
  ]);
  expect(health.reasons.map(({ text }) => text)).toEqual([
    'the feed orders expects 1 file every 1d by 06:30 (Europe/Berlin), and none has come for 2026-11-28',
    'the watcher on a may not or cannot read a.csv (one of 9 of the feed events), so it is not loaded',
    'the watcher on a may not or cannot read b.csv (one of 9 of the feed events), so it is not loaded',
  ]);
});
