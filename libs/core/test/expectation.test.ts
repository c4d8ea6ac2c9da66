import { expect, test } from 'vitest';
import { type Expectation, missedPeriod, periodsOf } from '../src/expectation.ts';

const DAY = 86_400_000;
const LONG_AGO = new Date('2020-01-01T00:00Z');

const daily = (more: Partial<Expectation> = {}): Expectation => {
  return { every: DAY, by: 390, timeZone: 'Europe/Berlin', files: 1, ...more };
};

/** Which period is missed, by its first instant and how many files came; '' when none is. */
function missed(given: Expectation, files: readonly string[], now: string, since = LONG_AGO): string {
  const at = new Date(now);
  const periods = periodsOf(given, at);
  const landed = periods.map(
    ({ from, to }) => files.filter((file) => new Date(file) >= from && new Date(file) < to).length,
  );
  const found = missedPeriod(given, periods, landed, { now: at, since });
  return found === undefined ? '' : `${found.period.from.toISOString()} ${found.landed}`;
}

const FRIDAY = '2026-11-27T02:00Z';
const DAY_28 = '2026-11-27T23:00:00.000Z';
const DAY_27 = '2026-11-26T23:00:00.000Z';

test.each<[string, readonly string[], string, string]>([
  ['is not missed before its time', [FRIDAY], '2026-11-28T05:29Z', ''],
  ['is missed from its time on', [FRIDAY], '2026-11-28T05:30Z', `${DAY_28} 0`],
  ['is met by a file of that day', ['2026-11-27T23:00Z'], '2026-11-28T05:30Z', ''],
  ['is not met by a file of the day before', ['2026-11-27T22:59Z'], '2026-11-28T05:30Z', `${DAY_28} 0`],
  ['ends when the file comes late on that day', ['2026-11-28T10:00Z'], '2026-11-28T12:00Z', ''],
  ['is still missed on the next day', [], '2026-11-28T03:00Z', `${DAY_27} 0`],
  [
    'ends when the file comes on the next day, for which it counts',
    ['2026-11-28T02:00Z'],
    '2026-11-28T05:30Z',
    '',
  ],
  ['is told of the newer day alone when both are missed', [], '2026-11-28T06:00Z', `${DAY_28} 0`],
])('one file a day by 06:30 %s', (_, files, now, told) => {
  expect(missed(daily(), files, now)).toBe(told);
});

test.each<[string, Expectation, readonly string[], string, string]>([
  [
    'of two files one is not enough',
    daily({ files: 2 }),
    ['2026-11-28T02:00Z'],
    '2026-11-28T06:00Z',
    `${DAY_28} 1`,
  ],
  [
    'what lacks of two may come on the next day',
    daily({ files: 2 }),
    [FRIDAY, '2026-11-28T02:00Z'],
    '2026-11-28T03:00Z',
    '',
  ],
  [
    'without a time a day is missed when it has ended',
    daily({ by: null }),
    [],
    '2026-11-28T22:00Z',
    `${DAY_27} 0`,
  ],
  [
    'a week begins on Monday',
    daily({ every: 7 * DAY, by: null }),
    ['2026-11-22T22:00Z'],
    '2026-11-30T00:00Z',
    '2026-11-22T23:00:00.000Z 0',
  ],
  [
    'a week is due on its last day',
    daily({ every: 7 * DAY }),
    [],
    '2026-11-29T05:30Z',
    '2026-11-22T23:00:00.000Z 0',
  ],
  [
    'a week is not due before that',
    daily({ every: 7 * DAY }),
    ['2026-11-20T00:00Z'],
    '2026-11-29T05:29Z',
    '',
  ],
  [
    'an hour is the last hour',
    { every: 3_600_000, by: null, timeZone: 'UTC', files: 1 },
    ['2026-11-28T09:00Z'],
    '2026-11-28T10:00:00.001Z',
    '2026-11-28T09:00:00.001Z 0',
  ],
  [
    'a file within the last hour meets it',
    { every: 3_600_000, by: null, timeZone: 'UTC', files: 1 },
    ['2026-11-28T09:00Z'],
    '2026-11-28T10:00Z',
    '',
  ],
  // 02:30 does not exist on 29 March 2026, and comes twice on 25 October.
  [
    'a time that the clocks skip is the next one',
    daily({ by: 150 }),
    [],
    '2026-03-29T01:00Z',
    '2026-03-28T23:00:00.000Z 0',
  ],
  ['and is not due before', daily({ by: 150 }), ['2026-03-28T00:00Z'], '2026-03-29T00:59Z', ''],
  [
    'a time that comes twice is the first one',
    daily({ by: 150 }),
    [],
    '2026-10-25T00:30Z',
    '2026-10-24T22:00:00.000Z 0',
  ],
  ['a day of 25 hours has them all', daily({ by: null }), ['2026-10-25T22:59Z'], '2026-10-26T12:00Z', ''],
  [
    'a day of 23 hours ends an hour sooner',
    daily({ by: null }),
    ['2026-03-29T22:00Z', '2026-03-28T12:00Z'],
    '2026-03-29T23:00Z',
    '',
  ],
  [
    'midnight may be skipped as well',
    daily({ timeZone: 'Africa/Cairo', by: 60 }),
    [],
    '2026-04-23T22:00Z',
    '2026-04-23T22:00:00.000Z 0',
  ],
])('%s', (_, given, files, now, told) => {
  expect(missed(given, files, now)).toBe(told);
});

test('nothing is missed of a time when the feed was not in use', () => {
  const since = new Date('2026-11-28T01:00Z');
  expect(missed(daily(), [], '2026-11-28T03:00Z', since)).toBe('');
  const hourly = { every: 3_600_000, by: null, timeZone: 'UTC', files: 1 };
  expect(missed(hourly, [], '2026-11-28T01:59Z', since)).toBe('');
  expect(missed(hourly, [], '2026-11-28T02:00Z', since)).toBe('2026-11-28T01:00:00.000Z 0');
});
