import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  durationOrSchema,
  durationSchema,
  parseDuration,
  parseSize,
  printDuration,
  printSize,
  sizeSchema,
} from '../src/units.ts';

test.each([
  ['250ms', 250],
  ['30s', 30_000],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['30d', 2_592_000_000],
  ['0s', 0],
])('the duration %s is %i milliseconds', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  ['512', 512],
  ['64KiB', 65_536],
  ['128MiB', 134_217_728],
  ['1GiB', 1_073_741_824],
])('the size %s is %i bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each([
  '',
  '30',
  's',
  '-1s',
  '1.5s',
  '1e3ms',
  ' 1s',
  '1 s',
  '30S',
  '1w',
  '1constructor',
  '99999999999999s',
])('the text %j is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test.each(['', 'KiB', '-1', '1.5MiB', '1kb', '1MB', '0x10', '999999999999GiB'])(
  'the text %j is no size',
  (text) => {
    expect(parseSize(text)).toBeUndefined();
  },
);

test('every printed duration and size reads back as what it was', () => {
  const whole = fc.oneof(
    fc.integer({ min: 0, max: 999_999_999_999 }),
    fc
      .tuple(
        fc.integer({ min: 0, max: 900 }),
        fc.constantFrom(1000, 60_000, 3_600_000, 1024, 1024 ** 2, 1024 ** 3),
      )
      .map(([count, factor]) => count * factor),
  );
  fc.assert(
    fc.property(whole, (value) => {
      expect(parseDuration(printDuration(value))).toBe(value);
      expect(parseSize(printSize(value))).toBe(value);
    }),
  );
});

test('a value out of bounds is refused with the bounds, which are themselves allowed', () => {
  const duration = durationSchema(100, 60_000);
  expect(duration.safeParse('99ms').error?.issues[0]?.message).toMatch(
    /duration such as .* from 100ms to 1m$/,
  );
  expect(duration.safeParse('61s').success).toBe(false);
  expect([duration.parse('100ms'), duration.parse('1m')]).toEqual([100, 60_000]);
  expect(sizeSchema(1024, 2048).safeParse('1').error?.issues[0]?.message).toMatch(/from 1KiB to 2KiB$/);
});

test('a duration may be a word instead, which stands for no end', () => {
  const retention = durationOrSchema('keep', 1000, 86_400_000);
  expect([retention.parse('keep'), retention.parse('1d')]).toEqual([undefined, 86_400_000]);
  expect(retention.safeParse('2d').error?.issues[0]?.message).toMatch(
    /^keep, or a duration .* from 1s to 1d$/,
  );
});
