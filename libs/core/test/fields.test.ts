import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldSchema } from '../src/contract/contract.ts';
import { isRefused, readerOf } from '../src/contract/reading.ts';
import { REJECT_CODES } from '../src/index.ts';

type Words = Readonly<Record<string, unknown>>;

const reader = (words: Words, zone = 'UTC') => readerOf(fieldSchema.parse({ name: 'a', ...words }), zone);

/** The value of a text, or the code of its reject after an exclamation mark. */
function read(words: Words, text: string | undefined, zone?: string) {
  const value = reader(words, zone)(text);
  return isRefused(value) ? `!${value.code}` : value;
}

type Case = readonly [words: Words, text: string | undefined, value: string | number | boolean | null];

const string = { type: 'string' };
const integer = { type: 'integer' };
const number = { type: 'number', decimalChar: ',', groupChar: '.', digits: [6, 2] };
const boolean = { type: 'boolean', trueValues: ['ja'], falseValues: ['nein'] };
const german = { type: 'date', format: '%d.%m.%Y' };
const must = (constraints: Words) => ({ constraints });

describe('the value of a field', () => {
  it.each<Case>([
    [string, '', null],
    [string, ' ', ' '],
    [string, undefined, null],
    [{ ...string, ...must({ required: true }) }, '', '!missing_value'],
    [{ ...string, ...must({ required: true }) }, undefined, '!missing_value'],
    [{ ...string, ...must({ required: true }), codes: { missing_value: 'no_name' } }, '', '!no_name'],
    [{ ...string, missingValues: [] }, '', ''],
    [{ ...string, missingValues: ['-', 'NULL'] }, 'NULL', null],
    [{ ...string, missingValues: ['-', 'NULL'] }, 'null', 'null'],
    [{ ...string, missingValues: ['-', 'NULL'] }, '', ''],
    [{ ...string, missingValues: ['NULL'], missingAnyCase: true }, 'nUll', null],
    [{ ...string, missingBlank: true }, ' \t\u00a0', null],
    [{ ...string, ...must({ minLength: 2 }) }, '😀', '!value_too_short'],
    [{ ...string, ...must({ minLength: 2, maxLength: 2 }) }, '😀😀', '😀😀'],
    [{ ...string, ...must({ maxLength: 2 }) }, 'abc', '!value_too_long'],
    [string, 'a\0', '!nul_character'],
    [string, 'a\ud83d', '!lone_surrogate'],
    [{ ...string, ...must({ enum: ['a', 'b'] }) }, 'b', 'b'],
    [{ ...string, ...must({ enum: ['a', 'b'] }) }, 'B', '!not_allowed'],
    [{ ...string, ...must({ pattern: '[a-z]{2}' }) }, 'ab', 'ab'],
    [{ ...string, ...must({ pattern: '[a-z]{2}' }) }, 'abc', '!pattern_mismatch'],
    [{ ...string, ...must({ pattern: '(a+)+b' }) }, 'a'.repeat(5_000), '!pattern_mismatch'],
    [{ ...string, format: 'email' }, 'jürgen@müller.de', 'jürgen@müller.de'],
    [{ ...string, format: 'email' }, 'a b@c.de', '!invalid_email'],
    [{ ...string, format: 'email' }, 'me', '!invalid_email'],
    [
      { ...string, format: 'uuid' },
      '6F9619FF-8B86-4011-B42D-00C04FC964FF',
      '6f9619ff-8b86-4011-b42d-00c04fc964ff',
    ],
    [{ ...string, sensitive: true }, '[masked]', '!masked_value'],
    [integer, '-007', -7],
    [integer, '+5', 5],
    [integer, '-0', 0],
    [integer, '9007199254740993', '9007199254740993'],
    [integer, '-9223372036854775808', '-9223372036854775808'],
    [integer, '9223372036854775808', '!invalid_integer'],
    [integer, '1.0', '!invalid_integer'],
    [integer, ' 1', '!invalid_integer'],
    [integer, '٣', '!invalid_integer'],
    [{ ...integer, unsigned: true }, '+5', '!invalid_integer'],
    [{ ...integer, ...must({ minimum: -2, maximum: 1 }) }, '-2', -2],
    [{ ...integer, ...must({ minimum: -2, maximum: 1 }) }, '-3', '!invalid_integer'],
    [{ ...integer, groupChar: '.' }, '-1.234.567', -1_234_567],
    [{ ...integer, groupChar: '.' }, '1234567', 1_234_567],
    [{ ...integer, groupChar: '.' }, '1234.567', '!invalid_integer'],
    [{ ...integer, groupChar: '.' }, '1.23', '!invalid_integer'],
    [{ ...integer, groupChar: '.' }, '0.123', '!invalid_integer'],
    [{ ...integer, ...must({ enum: ['1', '2'] }) }, '2', 2],
    [{ ...integer, ...must({ enum: ['1', '2'] }) }, '3', '!not_allowed'],
    [number, '-1.234,56', '-1234.56'],
    [number, '+12,5', '12.5'],
    [number, '1.234.567', '!invalid_decimal'],
    [number, '123.456', '123456'],
    [number, '1,234', '!invalid_decimal'],
    [number, '1.5', '!invalid_decimal'],
    [number, ',5', '!invalid_decimal'],
    [number, '5,', '!invalid_decimal'],
    [number, '5-', '!invalid_decimal'],
    [number, '1e3', '!invalid_decimal'],
    [number, 'NaN', '!invalid_decimal'],
    [number, 'INF', '!invalid_decimal'],
    [{ type: 'number' }, '123456789012345678901234567890.12345', '123456789012345678901234567890.12345'],
    [{ type: 'number', groupChar: "'" }, "1'000.5", '1000.5'],
    [{ type: 'number', digits: [0, 2] }, '0.12', '0.12'],
    [{ type: 'number', digits: [0, 2] }, '1.12', '!invalid_decimal'],
    [{ type: 'number', digits: [3, 0] }, '12.0', '!invalid_decimal'],
    [{ type: 'number', ...must({ minimum: '0.1' }) }, '0.0999999999999999999', '!out_of_range'],
    [{ type: 'number', ...must({ maximum: 1.5 }) }, '1.500000000000000000001', '!out_of_range'],
    [{ type: 'number', ...must({ minimum: -1, maximum: 1 }) }, '-1.0', '-1.0'],
    [{ type: 'number', ...must({ enum: ['1.5'] }) }, '01.50', '01.50'],
    [{ type: 'boolean' }, 'TRUE', true],
    [{ type: 'boolean' }, '0', false],
    [{ type: 'boolean' }, 'yes', '!invalid_boolean'],
    [boolean, 'ja', true],
    [boolean, 'nein', false],
    [boolean, 'Ja', '!invalid_boolean'],
    [{ type: 'date' }, '2024-02-29', '2024-02-29'],
    [{ type: 'date' }, '2023-02-29', '!invalid_date'],
    [{ type: 'date' }, '2024-02-29 00:00:00', '!invalid_date'],
    [{ type: 'date' }, '0000-01-01', '!invalid_date'],
    [german, '31.12.2025', '2025-12-31'],
    [german, '1.2.2025', '2025-02-01'],
    [german, '31.12.25', '!invalid_date'],
    [german, '12/31/2025', '!invalid_date'],
    [{ type: 'date', format: '%m/%d/%Y' }, '12/31/2025', '2025-12-31'],
    [{ type: 'date', format: '%Y%m%d' }, '20251231', '2025-12-31'],
    [{ type: 'date', format: '%Y%m%d' }, '2025121', '!invalid_date'],
    [{ type: 'date', format: '%d-%b-%y' }, '01-dec-68', '2068-12-01'],
    [{ type: 'date', format: '%d-%b-%y' }, '01-Dec-69', '1969-12-01'],
    [{ type: 'date', format: '%d-%b-%y' }, '01-Dez-25', '!invalid_date'],
    [{ type: 'date', format: '%Y.%m.%d (%%)' }, '2025.12.31 (%)', '2025-12-31'],
    [{ ...german, ...must({ minimum: '2025-01-01', maximum: '2025-12-31' }) }, '31.12.2025', '2025-12-31'],
    [{ ...german, ...must({ minimum: '2025-01-01', maximum: '2025-12-31' }) }, '1.1.2026', '!out_of_range'],
    [{ ...german, ...must({ enum: ['2025-12-31'] }) }, '31.12.2025', '2025-12-31'],
  ])('%j reads %j as %j', (words, text, value) => {
    expect(read(words, text)).toBe(value);
  });

  it.each<[format: string | undefined, text: string, value: string, Words?]>([
    [undefined, '2026-01-02T03:04:05.5+01:00', '2026-01-02 02:04:05.5'],
    [undefined, '2026-07-02 12:00:00', '2026-07-02 10:00:00'],
    [undefined, '2026-07-02 12:00:00', '2026-07-02 12:00:00', { timezone: 'UTC' }],
    ['%d.%m.%Y %H:%M', '1.7.2026 9:05', '2026-07-01 07:05:00'],
    ['%d.%m.%Y %H:%M', '29.03.2026 02:30', '!invalid_timestamp'],
    ['%d.%m.%Y %H:%M', '25.10.2026 02:30', '2026-10-25 00:30:00'],
    ['%d.%m.%Y %H:%M', '1.7.2026 24:00', '!invalid_timestamp'],
    ['%Y-%m-%d %H:%M:%S UTC', '2026-07-01 12:00:00 UTC', '2026-07-01 12:00:00'],
    ['%Y-%m-%d %H:%M:%S UTC', '2026-07-01 12:00:00', '!invalid_timestamp'],
    ['%Y-%m-%dT%H:%M:%S.%f%z', '2026-07-01T12:00:00.123Z', '2026-07-01 12:00:00.123'],
    ['%Y-%m-%dT%H:%M:%S%z', '2026-07-01T12:00:00-0330', '2026-07-01 15:30:00'],
    ['%Y-%m-%d', '2026-01-01', '2025-12-31 23:00:00'],
    ['%Y%m%d%H%M%S', '20260701120000', '2026-07-01 12:00:00', { timezone: 'UTC' }],
    [
      undefined,
      '2026-01-02 01:00:00.50',
      '2026-01-02 00:00:00.50',
      must({ maximum: '2026-01-02 00:00:00.5' }),
    ],
    [undefined, '2026-01-02 01:00:01', '!out_of_range', must({ maximum: '2026-01-02' })],
  ])('a time by %j reads %j as %j in Berlin', (format, text, value, words) => {
    expect(read({ type: 'datetime', ...(format && { format }), ...words }, text, 'Europe/Berlin')).toBe(
      value,
    );
  });

  it('is a number exactly where a slow reader of characters finds one, with the same digits', () => {
    const part = fc.constantFrom('0', '1', '12', '123', '1234', '.', ',', '-', '+', '001', ' ');
    const text = fc.array(part, { minLength: 1, maxLength: 7 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (given) => {
        expect(read(number, given)).toBe(slowNumber(given) ?? '!invalid_decimal');
        const whole = given.includes(',') ? undefined : slowNumber(given, 15);
        const value = read({ ...integer, groupChar: '.' }, given);
        if (whole !== undefined) expect(value).toBe(Number(whole) + 0);
        else if (slowNumber(given, 99) === undefined || given.includes(','))
          expect(value).toBe('!invalid_integer');
      }),
      { numRuns: 5_000 },
    );
  });

  it('is a day exactly where the calendar of JavaScript has it', () => {
    const day = fc.tuple(
      fc.integer({ min: 1, max: 9999 }),
      fc.integer({ min: 0, max: 13 }),
      fc.integer({ min: 0, max: 32 }),
    );
    fc.assert(
      fc.property(day, ([year, month, date]) => {
        const at = new Date(0);
        at.setUTCFullYear(year, month - 1, date);
        const exists = at.getUTCMonth() === month - 1 && at.getUTCDate() === date;
        const iso = [`${year}`.padStart(4, '0'), ...[month, date].map((n) => `${n}`.padStart(2, '0'))].join(
          '-',
        );
        expect(read(german, `${date}.${month}.${`${year}`.padStart(4, '0')}`)).toBe(
          exists ? iso : '!invalid_date',
        );
        expect(read({ type: 'date', format: '%Y%m%d' }, iso.replaceAll('-', ''))).toBe(
          exists ? iso : '!invalid_date',
        );
      }),
      { numRuns: 3_000 },
    );
  });

  it('that is refused says what was expected of it', () => {
    const said = (words: Words, text: string) => {
      const value = reader(words)(text);
      return isRefused(value) ? value.expected : value;
    };
    expect(said(german, 'x')).toBe('a date such as 31.12.2025 (%d.%m.%Y), or nothing');
    expect(said(number, 'x')).toBe(
      'decimal digits, at most 6 before and 2 after the ",", groups of three digits by "." or none, with or without a sign, or nothing',
    );
    expect(said(boolean, 'x')).toBe('ja for true, nein for false, or nothing');
    expect(said({ ...integer, ...must({ required: true, minimum: 1 }) }, '0')).toBe(
      'a whole number, 1 to 9223372036854775807',
    );
    expect(said({ ...string, ...must({ enum: ['a', 'b', 'c'], required: true }) }, 'x')).toBe(
      'one of a, b or c',
    );
    expect(said({ ...german, expected: 'a day of the shop' }, 'x')).toBe('a day of the shop');
    expect(REJECT_CODES).toContain('missing_parent');
  });
});

/** The number of a text as `number` above has it, one character after the other. */
function slowNumber(text: string, most = 6): string | undefined {
  const sign = text.startsWith('-') ? '-' : '';
  const rest = /^[+-]/.test(text) ? text.slice(1) : text;
  const [whole = '', fraction, ...more] = rest.split(',');
  if (more.length > 0 || (fraction !== undefined && ![1, 2].includes(fraction.length))) return undefined;
  const groups = whole.split('.');
  const areGroups =
    groups.length === 1 || (groups[0] !== '' && !groups[0]?.startsWith('0') && (groups[0]?.length ?? 0) < 4);
  if (!areGroups || groups.slice(1).some(({ length }) => length !== 3)) return undefined;
  const digits = groups.join('');
  const isDigits = [...digits, ...(fraction ?? '')].every((character) => '0123456789'.includes(character));
  if (digits === '' || digits.length > most || !isDigits) return undefined;
  return sign + digits + (fraction === undefined ? '' : `.${fraction}`);
}
