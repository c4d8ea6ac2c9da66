import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainLine } from '../src/contract/plain-line.ts';
import {
  type Chunk,
  type Contract,
  columnsOf,
  contractSchema,
  DEFAULT_RULES,
  EventFile,
  type FileRules,
  utcTimestamp,
} from '../src/index.ts';
import { events } from './events.ts';
import { id, mutate, mutation, VALID } from './written-file.ts';

type Words = Readonly<Record<string, unknown>>;

const contractOf = (...fields: readonly Words[]): Contract =>
  contractSchema.parse({
    ...{ table: 't', fields: fields.map((field, i) => ({ name: `f${i}`, ...field })) },
    ...{ key: ['sluice_file', 'sluice_line'], duplicates: 'keep', exclusive: false, countBy: null },
    ...{ filled: ['sluice_file', 'sluice_line'], time: null, unknownColumns: 'ignore' },
  });

const string = { type: 'string' };
const integer = { type: 'integer' };
const number = { type: 'number' };
const must = (more: Words = {}) => ({ constraints: { required: true, ...more } });
const limits = (constraints: Words) => ({ constraints });

/** Texts at which forms of values and readers might differ. Some are no values at all. */
const DAYS = [
  '2024-02-28',
  '2024-02-29',
  '2023-02-29',
  '2026-04-30',
  '2026-04-31',
  '2026-12-31',
  '2026-00-10',
];
const TIMES = ['00:00:00', '23:59:59.5', '24:00:00', '03:60:00', '03:04:60', '03:04:05.1234567', '3:04:05'];
const TEXTS = [
  ...[
    '',
    ' ',
    '\t',
    'a',
    ' a',
    'a ',
    'ab',
    'abc',
    'ü',
    '数',
    '😀',
    '\ud83d',
    'a\0',
    'a\\b',
    '\\N',
    '\\.',
    'a\rb',
    "'",
  ],
  ...[
    '"a"',
    '"a,b"',
    'a"b',
    '#',
    '#a',
    'NULL',
    'nULL',
    'ok',
    'OK',
    'o\u212a',
    '-',
    'n/a',
    '\u00a0',
    '\ufeff',
    '\u2028',
  ],
  ...[
    '0',
    '-0',
    '+5',
    '5',
    '-5',
    '--5',
    '05',
    '00',
    '1',
    '9',
    '10',
    '99',
    '100',
    '101',
    '127',
    '128',
    '1e3',
    '0x1',
  ],
  ...[
    '2147483647',
    '2147483648',
    '-2147483648',
    '9223372036854775807',
    '9223372036854775808',
    '-9223372036854775808',
  ],
  ...[
    '9007199254740993',
    '1.5',
    '1.50',
    '1.505',
    '.5',
    '5.',
    '-1.5',
    '99.99',
    '100.00',
    '100.01',
    '12345678.9',
    '123456789',
  ],
  ...[
    'true',
    'false',
    'True',
    '1,5',
    'x'.repeat(50),
    'x'.repeat(51),
    'x'.repeat(100),
    id(1),
    id(2).toUpperCase(),
  ],
  ...['0000-01-01', '0001-01-01', '10000-01-01', ...DAYS],
  ...TIMES.flatMap((time) => [`2026-01-02 ${time}`, `2026-01-02T${time}Z`]),
  ...DAYS.flatMap((day) => [`${day} 03:04:05`, `${day}T03:04:05+01:00`]),
];

interface Case {
  readonly contract: Contract;
  readonly rules?: Partial<FileRules>;
  /** A value of each field that makes a plain line. */
  readonly values: readonly string[];
}

const CASES: Readonly<Record<string, Case>> = {
  events: { contract: events, values: [id(1), 'view', 'p', 'u', '2026-01-02 03:04:05.25', '3', '12.50'] },
  integers: {
    contract: contractOf(
      ...[integer, { ...integer, unsigned: true }, { ...integer, ...limits({ minimum: 1, maximum: 127 }) }],
      ...[
        { ...integer, ...limits({ minimum: -100, maximum: 100 }) },
        { ...integer, ...must({ maximum: 9 }) },
      ],
      { ...integer, missingValues: ['', '-5', '9'], groupChar: "'" },
    ),
    values: ['-922337203685477580', '0', '126', '-100', '9', '10'],
  },
  numbers: {
    contract: contractOf(
      ...[
        number,
        { ...number, digits: [2, 0] },
        { ...number, digits: [0, 2] },
        { ...number, unsigned: true },
      ],
      ...[
        { ...number, ...limits({ minimum: 0, maximum: 100 }) },
        { ...number, ...limits({ maximum: '99.99' }) },
      ],
      { ...number, digits: [3, 1], ...must({ maximum: 5 }) },
    ),
    values: ['-12.5', '99', '0.25', '007.5', '99.99', '-3', '4.5'],
  },
  texts: {
    contract: contractOf(
      ...[string, { ...string, missingBlank: true }, { ...string, ...must({ minLength: 2, maxLength: 3 }) }],
      ...[
        { ...string, missingValues: ['', 'NULL', 'a'] },
        { ...string, missingBlank: true, ...limits({ maxLength: 1 }) },
      ],
      { ...string, missingValues: ['', 'OK', 'n/a'], missingAnyCase: true },
      { ...string, ...limits({ enum: ['a', 'ok', '#a', 'a\\b', "'"], maxLength: 2 }) },
    ),
    values: ['', 'ü', 'ab', 'nULL', '数', 'no', 'ok'],
  },
  'texts that may be empty': {
    contract: contractOf({ ...string, missingValues: ['NULL'] }, { ...integer, optional: true }, string),
    values: ['', '5', 'a'],
  },
  'other types': {
    contract: contractOf(
      ...[
        { type: 'date' },
        { type: 'datetime', ...must() },
        { type: 'boolean' },
        { ...string, format: 'uuid' },
      ],
      { type: 'boolean', trueValues: ['ok', 'true'], falseValues: ['-'], missingValues: [] },
    ),
    values: ['2026-12-31', '2026-02-28 03:04:05', 'true', id(3), 'true'],
  },
  'one column': {
    contract: contractOf({ ...string, missingBlank: true, ...limits({ maxLength: 50 }) }),
    values: ['a'],
  },
  'one column of numbers': { contract: contractOf(integer), values: ['5'] },
  'other marks': {
    contract: contractOf(string, string),
    rules: { quoteChar: "'", comment: '#', skipRows: 1 },
    values: ['a"b', 'b'],
  },
  'no quotes': {
    contract: contractOf(string, integer),
    rules: { quoteChar: null, header: false },
    values: ['a"b', '5'],
  },
};

function read(
  bytes: Uint8Array,
  cuts: readonly number[],
  contract: Contract,
  rules: FileRules,
  isPlain: boolean,
) {
  const file = new EventFile(rules, contract, 'f/a.csv', isPlain);
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  const chunks: Chunk[] = [];
  for (const [i, end] of ends.entries())
    if (file.fault === null) chunks.push(...[...file.push(bytes.subarray(ends[i - 1] ?? 0, end))].flat());
  if (file.fault === null) chunks.push(...[...file.finish()].flat());
  return [...chunks, file.end('hash')];
}

/** Both ways of reading give the same chunks, with the same texts of rows. */
function expectSame(
  bytes: Uint8Array,
  { contract, rules: own = {} }: Pick<Case, 'contract' | 'rules'>,
  chunkRows: number,
  cuts: readonly number[],
) {
  const rules = { ...DEFAULT_RULES, ...own, chunkRows };
  const chunks = read(bytes, [], contract, rules, false);
  expect(read(bytes, [], contract, rules, true)).toEqual(chunks);
  expect(read(bytes, cuts, contract, rules, true)).toEqual(chunks);
  return chunks;
}

const headOf = ({ contract, rules }: Case) =>
  `${'skipped\n'.repeat(rules?.skipRows ?? 0)}${rules?.header === false ? '' : `${columnsOf(contract).join(',')}\n`}`;

const cutList = fc.array(fc.nat(2_000), { maxLength: 5 });
const chunkSize = fc.integer({ min: 1, max: 6 });

describe('a line that is taken as it stands', () => {
  it.each(Object.entries(CASES))('is what the general reader makes of it: %s', (_, one) => {
    const { contract, values, rules } = one;
    const columns = { at: values.map((__, i) => i), width: values.length };
    const form = plainLine(contract, { ...DEFAULT_RULES, ...rules }, columns);
    expect(form).toBeDefined();
    const isPlain = (line: string) => {
      if (form !== undefined) form.lastIndex = 0;
      return form?.test(line) === true && form.lastIndex === line.length;
    };
    expect(isPlain(`${values.join(',')}\n`)).toBe(true);
    let plain = 0;
    /** The values of a plain line, but for a few. */
    const line = fc
      .tuple(
        fc.tuple(
          ...values.map((value) =>
            fc.oneof({ weight: 6, arbitrary: fc.constant(value) }, fc.constantFrom(...TEXTS)),
          ),
        ),
        fc.constantFrom('\n', '\n', '\n', '\r\n', '\r\r\n', ',\n', '\n\n'),
      )
      .map(([texts, end]) => texts.join(',') + end);
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 12 }),
        fc.boolean(),
        cutList,
        chunkSize,
        (lines, isCut, cuts, chunkRows) => {
          plain += lines.filter(isPlain).length;
          const text = headOf(one) + lines.join('');
          const chunks = expectSame(Buffer.from(isCut ? text.slice(0, -1) : text), one, chunkRows, cuts);
          const taken = chunks.reduce((sum, { rows }) => sum + rows.count, 0);
          expect(taken).toBeGreaterThanOrEqual(lines.slice(0, -1).filter(isPlain).length);
        },
      ),
      { numRuns: 300 },
    );
    expect(plain).toBeGreaterThan(150);
  });

  it('is so for each text in each field alone', () => {
    for (const one of Object.values(CASES)) {
      const lines = one.values.flatMap((_, i) =>
        TEXTS.map((text) => `${one.values.with(i, text).join(',')}\n`),
      );
      expectSame(Buffer.from(headOf(one) + lines.join('')), one, 7, [500, 1_000]);
    }
  });

  it('has only days that the calendar of JavaScript has, and so does a time that is read', () => {
    const form = plainLine(contractOf({ type: 'datetime' }), DEFAULT_RULES, { at: [0], width: 1 });
    const two = (n: number) => String(n).padStart(2, '0');
    for (const year of ['0000', '0001', '1900', '2000', '2023', '2024', '9999'])
      for (let month = 0; month <= 13; month += 1)
        for (let day = 0; day <= 32; day += 1) {
          const text = `${year}-${two(month)}-${two(day)} 00:00:00`;
          const at = Date.parse(`${text.replace(' ', 'T')}Z`);
          const isDay = !Number.isNaN(at) && new Date(at).getUTCDate() === day && year !== '0000';
          expect([text, utcTimestamp(text, 'UTC')]).toEqual([text, isDay ? text : undefined]);
          if (form !== undefined) form.lastIndex = 0;
          expect([text, form?.test(`${text}\n`)]).toEqual([text, isDay && !text.includes('-02-29')]);
        }
  });

  it('is so in a file that was damaged, and in each file of the corpus', () => {
    fc.assert(
      fc.property(
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        cutList,
        chunkSize,
        (mutations, cuts, chunkRows) => {
          expectSame(mutate(Buffer.from(VALID), mutations, 0), { contract: events }, chunkRows, cuts);
        },
      ),
      { numRuns: 300 },
    );
    const corpus = fileURLToPath(new URL('../../testkit/corpus', import.meta.url));
    const names = readdirSync(corpus).filter((name) => name.endsWith('.csv'));
    expect(names.length).toBeGreaterThan(200);
    for (const name of names)
      expectSame(readFileSync(join(corpus, name)), { contract: events }, 3, [10, 200, 201, 1_500]);
  });

  it('leaves the borders of chunks where they are, by the characters of the file too (I8)', () => {
    const contract = contractOf(string);
    const line = (mib: number, end: string) => `${'x'.repeat(mib * 2 ** 20)}${end}`;
    const lines = [0.5, 0.4999999, 0.001, 0.1, 0.9, 0.999999, 1, 1.01].map((mib, i) =>
      line(mib, i % 2 ? '\r\n' : '\n'),
    );
    expectSame(Buffer.from(`f0\n${lines.join('')}a\n`), { contract }, 1_000, [100, 2 ** 20, 2 ** 21]);
    expectSame(Buffer.from(`f0\n${lines.slice(0, -1).join('')}a\n`), { contract }, 2, [
      100,
      2 ** 20,
      2 ** 21,
    ]);
  });

  it('is only looked for where the columns and the marks are those of PostgreSQL', () => {
    const columns = { at: [0, 1], width: 2 };
    const form = (contract: Contract, rules: Partial<FileRules> = {}, own = columns) =>
      plainLine(contract, { ...DEFAULT_RULES, ...rules }, own);
    const two = contractOf(string, string);
    expect(form(two)).toBeDefined();
    expect(form(two, { delimiter: ';' })).toBeUndefined();
    for (const quoteChar of ['a', '0', '-', ' ', '.']) expect(form(two, { quoteChar })).toBeUndefined();
    expect(form(two, {}, { at: [1, 0], width: 2 })).toBeUndefined();
    expect(form(two, {}, { at: [0, 1], width: 3 })).toBeUndefined();
    const long = contractOf(...Array.from({ length: 60 }, () => ({ type: 'datetime' })));
    expect(form(long, {}, { at: [...Array(60).keys()], width: 60 })).toBeUndefined();
    const local = contractOf(string, { type: 'datetime' });
    expect(form(local, { timeZone: 'Europe/Berlin' })).toBeUndefined();
    for (const field of [
      ...[
        { ...string, sensitive: true },
        { ...string, format: 'email' },
        { ...string, ...limits({ pattern: 'a' }) },
      ],
      ...[
        { ...number, decimalChar: ',' },
        { type: 'date', format: '%d.%m.%Y' },
        { ...string, value: 'x' },
      ],
      { ...string, ...limits({ minLength: 3, maxLength: 2 }) },
    ])
      expect(form(contractOf(string, field))).toBeUndefined();
  });
});
