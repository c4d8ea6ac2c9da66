import fc from 'fast-check';
import { columnsOf } from '../src/index.ts';
import { events } from './events.ts';

export const HEADER = `${columnsOf(events).join(',')}\n`;
export const id = (n: number) => `6f9619ff-8b86-4011-b42d-${String(n).padStart(12, '0')}`;

/** One valid file with all that a file may hold. */
export const VALID = `${HEADER}${[
  `${id(1)},view,p1,u1,2026-01-02 03:04:05,3,12.50`,
  `${id(2)},"two\nlines","a ""b"", c",größe 数据 😀,2026-01-02T03:04:05.123456+05:45,,\r`,
  '',
  `${id(3).toUpperCase()},click,p3,"\r\n",9999-12-31T23:59:59Z,2147483647,99999999.99`,
  `${id(1)},view,p1,u1,2026-01-02 03:04:05,3,12.50`,
  'not,a,row',
  `${id(4)},=1+1,"p4""",u\r4,0001-01-01 00:00:00,0,0.1`,
].join('\n')}\n`;

/** Damage to a file, at a place taken modulo its length. */
export const mutation = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), at: fc.nat(), byte: fc.nat(255), count: fc.constant(1) }),
  fc.record({
    kind: fc.constant('set' as const),
    at: fc.nat(),
    byte: fc.constantFrom(0x22, 0x2c, 0x0a, 0x0d, 0x00, 0xff, 0x20),
    count: fc.constant(1),
  }),
  fc.record({
    kind: fc.constantFrom('insert' as const, 'delete' as const, 'double' as const),
    at: fc.nat(),
    byte: fc.constantFrom(0x22, 0x2c, 0x0a, 0x0d, 0x00, 0xc3, 0x61),
    count: fc.integer({ min: 1, max: 40 }),
  }),
);

type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

/** Damages a file behind its first `from` bytes. */
export function mutate(bytes: Uint8Array, mutations: readonly Mutation[], from: number): Uint8Array {
  let result: Uint8Array = bytes;
  for (const { kind, at, byte, count } of mutations) {
    const start = from + (at % Math.max(1, result.length - from));
    const before = result.subarray(0, start);
    const span = result.subarray(start, start + count);
    const after = result.subarray(start + count);
    if (kind === 'set') result = Buffer.concat([before, Buffer.of(byte), after]);
    else if (kind === 'delete') result = Buffer.concat([before, after]);
    else if (kind === 'double') result = Buffer.concat([before, span, span, after]);
    else result = Buffer.concat([before, Buffer.of(byte), span, after]);
  }
  return result;
}

/** A text in both byte orders of UTF-16, with its mark. */
export const inUtf16 = (text: string) => ({
  le: Buffer.from(`\ufeff${text}`, 'utf16le'),
  be: Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
});

/** A text that has its place in a file, and how it can be written there. */
const fieldText = (delimiter: string) =>
  fc
    .array(
      fc.constantFrom(
        'a',
        delimiter,
        '"',
        '""',
        '\n',
        '\r',
        '\r\n',
        ' ',
        'ü',
        '数',
        '😀',
        '\u2028',
        ';',
        'ਊ',
        '\u0a41\u4100',
      ),
      {
        maxLength: 8,
      },
    )
    .map((parts) => `v${parts.join('')}`);

/** Records of a file, with the ways in which a writer may spell them. */
export const writtenFile = fc.constantFrom(',', ';', '\t', '|').chain((delimiter) => {
  const columns = {
    event_id: fc.nat(999).map(id),
    event_type: fieldText(delimiter),
    product_id: fieldText(delimiter),
    user_id: fieldText(delimiter),
    event_timestamp: fc.constantFrom('2026-01-02 03:04:05', '2024-02-29T23:59:59.5Z'),
    quantity: fc.constantFrom('', '0', '17'),
    price: fc.constantFrom('', '12.50', '3'),
    note: fc.constantFrom('', ' ', '""', '\n\n', '\r', delimiter),
  };
  const values = fc.record(columns);
  return fc.record({
    delimiter: fc.constant(delimiter),
    order: fc.shuffledSubarray(Object.keys(columns) as (keyof typeof columns)[], {
      minLength: Object.keys(columns).length,
    }),
    records: fc.array(
      fc.record({
        values,
        quoteAll: fc.boolean(),
        end: fc.constantFrom('\n', '\r\n'),
        empty: fc.constantFrom('', '', '\n', '\r\n\n'),
      }),
      { maxLength: 8 },
    ),
    lastEnd: fc.boolean(),
  });
});

/** Writes by RFC 4180: a field with a delimiter, a quote or a line end is quoted. */
export function write({
  delimiter,
  order,
  records,
  lastEnd,
}: typeof writtenFile extends fc.Arbitrary<infer T> ? T : never) {
  const field = (value: string, quote: boolean) => {
    const must = quote || [delimiter, '"', '\n', '\r'].some((character) => value.includes(character));
    return must ? `"${value.replaceAll('"', '""')}"` : value;
  };
  const lines = records.map(
    ({ values, quoteAll, end, empty }) =>
      `${empty}${order.map((name) => field(values[name], quoteAll)).join(delimiter)}${end}`,
  );
  const text = `${order.join(delimiter)}\n${lines.join('')}`;
  if (lastEnd || records.length === 0) return text;
  return text.slice(0, records.at(-1)?.end === '\r\n' ? -2 : -1);
}
