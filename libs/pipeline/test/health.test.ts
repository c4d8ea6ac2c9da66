import type { LedgerProcess } from '@sluice/ledger';
import { expect, it } from 'vitest';
import { type HealthFacts, healthOf, judgeHealth, reason, reasonLine } from '../src/index.ts';
import { missedOf } from '../src/observe/process-needs.ts';

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
    ...{ aside: [], outdated: [], mistakes: [], ambiguous: [], held: [], ignored: [] },
    ...{ unreadable: [], missed: [] },
  },
  unseen: 0,
  unknown: 0,
  paused: [],
  files: { files: [], more: false },
  processes: { missed: [], watcher: true, latestWatcher: 1 },
  acks: [],
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
      unreadable: [{ feed: 'events', host: 'a', files: 9, names: ['a.csv', 'b.csv'], tokens: [] }],
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

/** `3s` began at second 3 and was last seen then; `~` is silent, `x` has ended, `=` already stands for another one. */
const processes = (text: string): LedgerProcess[] =>
  text.split(' ').map((word, i) => {
    const [, mark, began = '0', seen = began] = /^([~x=]?)(\d+)(?:-(\d+))?$/.exec(word) ?? [];
    const at = (seconds: string) => new Date(Number(seconds) * 1000);
    return {
      ...{ processNo: i, id: word, role: 'worker', host: 'a', startedAt: at(began), seenAt: at(seen) },
      ...{ ended: mark === 'x', standsFor: mark === '=', silentMs: mark === '~' ? 60_000 : 0 },
    };
  });

it.each([
  ['a silent one', '~0-9', '~0-9'],
  ['not one that ended in order', 'x0-9', ''],
  ['not one for which one stands that began after it', '~0-9 10-50', ''],
  ['one of two, if one came back', '~0-8 ~0-9 10-50', '~0-9'],
  ['not one for which one stood that has ended since', '~0-9 x10-20', ''],
  ['one whose fellows began before it fell silent', '~0-9 1-50 2-50', '~0-9'],
  ['the last one of a chain', '~0-9 ~10-19 ~20-29', '~20-29'],
  ['one that another one, which stands for a third already, cannot replace', '~0-9 =10-50', '~0-9'],
])('misses %s', (_, known, missed) => {
  const silent = missedOf(processes(known), (one) => one.silentMs < 30_000);
  expect(silent.map(({ id }) => id).join(' ')).toBe(missed);
});

it('knows no silent process while either server hears of it', () => {
  const [one] = processes('~0-9');
  expect(missedOf(one === undefined ? [] : [one], () => true)).toEqual([]);
});

it('misses a watcher only while work needs one, and not beside the word of files that it has not seen', () => {
  const absent = { ...QUIET, processes: { ...QUIET.processes, watcher: false } };
  const codes = (facts: HealthFacts) => judgeHealth(facts).reasons.map(({ code }) => code);
  expect(codes(absent)).toEqual([]);
  expect(codes({ ...absent, unknown: 1 })).toEqual(['no_watcher']);
  expect(codes({ ...absent, unknown: 1, unseen: 1 })).toEqual(['unseen_files']);
  expect(codes({ ...absent, backlog: WORK.backlog })).toEqual(['no_watcher']);
  expect(codes({ ...absent, backlog: { ...WORK.backlog, parses: 1 } })).toEqual([]);
  const acks = [{ code: 'no_watcher', subject: '', version: '1' }];
  expect(codes({ ...absent, unknown: 1, acks })).toEqual([]);
  expect(
    codes({ ...absent, unknown: 1, acks, processes: { ...absent.processes, latestWatcher: 2 } }),
  ).toEqual(['no_watcher']);
});
