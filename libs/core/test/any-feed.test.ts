import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Chunk,
  type Contract,
  contractSchema,
  DEFAULT_RULES,
  EventFile,
  type FileRules,
} from '../src/index.ts';

type Words = Readonly<Record<string, unknown>>;

const must = { constraints: { required: true } };
const ORDERS: Words[] = [
  { name: 'order_id', type: 'string', from: ['OrderID', 'Order No'], ...must },
  { name: 'day', type: 'date', format: '%d.%m.%Y', ...must },
  { name: 'amount', type: 'number', decimalChar: ',', digits: [6, 2] },
];

const contractOf = (fields: readonly Words[], more: Words = {}): Contract =>
  contractSchema.parse({
    ...{ table: 't', fields, key: ['sluice_file', 'sluice_line'], duplicates: 'keep', exclusive: false },
    ...{
      filled: ['sluice_file', 'sluice_line'],
      countBy: null,
      time: null,
      unknownColumns: 'ignore',
      ...more,
    },
  });

const orders = contractOf(ORDERS);
const semicolon = { delimiter: ';' } as const;

interface Given {
  readonly contract?: Contract;
  readonly rules?: Partial<FileRules>;
  readonly name?: string;
  readonly cuts?: readonly number[];
}

function read(
  content: string | Uint8Array,
  { contract = orders, rules = semicolon, name = 'f/a.csv', cuts = [] }: Given = {},
) {
  const bytes = Buffer.from(content);
  const file = new EventFile({ ...DEFAULT_RULES, ...rules }, contract, name);
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const chunks: Chunk[] = [];
  for (const [i, end] of at.slice(1).entries())
    if (file.fault === null) chunks.push(...[...file.push(bytes.subarray(at[i], end))].flat());
  if (file.fault === null) chunks.push(...[...file.finish()].flat());
  chunks.push(file.end('hash'));
  const last = chunks.at(-1);
  return {
    rows: chunks
      .flatMap(({ rows }) => rows.parsed())
      .map(({ sluice_line: line, ...row }) => [line, ...Object.values(row)]),
    rejects: chunks.flatMap(({ rejects }) => rejects),
    quarantine: last?.eof?.quarantine ?? null,
    lastLine: last?.lastLine,
  };
}

const HEADER = 'order_id;day;amount\n';
const ROW = 'a;31.12.2025;1,50\n';
const AS_ROW = ['a', '2025-12-31', '1.50'];

describe('a file of any feed', () => {
  it.each<[what: string, content: string | Uint8Array, Given, rows: unknown[][]]>([
    ['with semicolons and decimal commas', HEADER + ROW, {}, [[2, ...AS_ROW]]],
    ['with other names of columns', `Amount; ORDER no ;Day\n1,50;a;31.12.2025\n`, {}, [[2, ...AS_ROW]]],
    ['without a header', ROW, { rules: { ...semicolon, header: false } }, [[1, ...AS_ROW]]],
    [
      'after other lines',
      `Report\n\n${HEADER}${ROW}`,
      { rules: { ...semicolon, skipRows: 2 } },
      [[4, ...AS_ROW]],
    ],
    ['with comments', `#x\n${HEADER}#\n${ROW}`, { rules: { ...semicolon, comment: '#' } }, [[4, ...AS_ROW]]],
    ['with tabs', (HEADER + ROW).replaceAll(';', '\t'), { rules: { delimiter: '\t' } }, [[2, ...AS_ROW]]],
    [
      'in quotes',
      HEADER + ROW.replace('a', "'a;'''"),
      { rules: { ...semicolon, quoteChar: "'" } },
      [[2, "a;'", ...AS_ROW.slice(1)]],
    ],
    [
      'in Windows-1252',
      Buffer.from(HEADER + ROW.replace('a', 'ü€').replace('€', '\u0080'), 'latin1'),
      { rules: { ...semicolon, encoding: 'windows-1252' } },
      [[2, 'ü€', ...AS_ROW.slice(1)]],
    ],
    [
      'in UTF-16 without a mark',
      Buffer.from(HEADER + ROW, 'utf16le'),
      { rules: { ...semicolon, encoding: 'utf-16le' } },
      [[2, ...AS_ROW]],
    ],
  ])('is read %s', (_, content, given, rows) => {
    const found = read(content, given);
    expect(found).toMatchObject({ rows, rejects: [], quarantine: null });
    expect(read(content, { ...given, cuts: [...Buffer.from(content).keys()] })).toEqual(found);
  });

  it('has the likely cause and the word to set in the reason, where its header lacks columns', () => {
    const cases: readonly [content: string, detail: string, Given?][] = [
      [
        (HEADER + ROW).replaceAll(';', ','),
        'order_id, day, amount; its fields are separated by a comma: set delimiter: ","',
        { rules: { delimiter: '\t' } },
      ],
      [HEADER + ROW, 'separated by a semicolon: set delimiter: ";"', { rules: {} }],
      [(HEADER + ROW).replaceAll(';', '\t'), 'separated by a tab: set delimiter: "\\t"'],
      [`Report of "May"\n;;\n\n${HEADER}${ROW}`, 'line 4 names the columns: set skipRows: 3'],
      [ROW.repeat(3), 'its first line is a record: set header: false'],
      ['1;2;31.12.2025;x\n', 'its first line is a record: set header: false'],
      [HEADER + ROW, 'or a smaller skipRows', { rules: { ...semicolon, skipRows: 1 } }],
      [(HEADER + ROW).replaceAll('\n', '\r'), 'its lines seem to end in CR alone'],
      [
        (HEADER + ROW).replaceAll('\n', '\r'),
        'its lines seem to end in CR alone',
        { rules: { ...semicolon, skipRows: 1 } },
      ],
      [
        (HEADER + ROW).replaceAll('\n', '\r'),
        'its lines seem to end in CR alone',
        { rules: { ...semicolon, comment: 'o' } },
      ],
      [
        ROW.repeat(2).replaceAll('\n', '\r'),
        'its lines seem to end in CR alone',
        { rules: { ...semicolon, header: false } },
      ],
      [`${HEADER.trim()}${';x'.repeat(50_000)}\n`, 'more than 50,000 columns'],
      ['order_id;Day;Amount (EUR)\n', 'amount'],
      ['order_id;day;A-MOUNT\n', 'add "A-MOUNT" to from of amount'],
      ['"order_id;day;amount\n', 'its quotes are broken: set another quoteChar'],
      [
        'a\nb\n',
        'there is no header: skipRows passes over 5 lines, and the file has 2',
        { rules: { skipRows: 5 } },
      ],
      [
        HEADER + ROW,
        'order_id, day, amount; the file does not look like utf-16le',
        { rules: { ...semicolon, encoding: 'utf-16le' } },
      ],
    ];
    for (const [content, detail, given] of cases) {
      const found = read(content, given);
      expect([found.quarantine?.reason, found.quarantine?.detail]).toEqual([
        'header_missing_column',
        expect.stringContaining(detail),
      ]);
      expect(found.quarantine?.detail).not.toMatch(/31\.12|1,50/);
      expect(read(content, { ...given, cuts: [3, 9, 20] })).toEqual(found);
    }
  });

  it.each<[content: string | Uint8Array, reason: string, detail: string, Given?]>([
    [`${HEADER.trim()};Order No\n`, 'header_duplicate_column', 'order_id'],
    [
      `${HEADER.trim()};x;\n`,
      'header_unknown_column',
      '"x", ""',
      { contract: contractOf(ORDERS, { unknownColumns: 'refuse' }) },
    ],
    [Buffer.from(HEADER, 'utf16le'), 'binary', 'set encoding: utf-16le'],
    [
      Buffer.from(`${HEADER}\u00fc;;\n`, 'latin1'),
      'encoding',
      'line 2 is not valid UTF-8: if the file is in another encoding',
    ],
    [
      `${HEADER}ü;;\n`,
      'encoding',
      'line 2 shows that the file is UTF-8',
      { rules: { ...semicolon, encoding: 'windows-1252' } },
    ],
    [`a\r${'x'.repeat(1_100_000)}`, 'record_too_long', 'its lines seem to end in CR alone'],
    [`a\r${'x'.repeat(4_300_000)}`, 'record_too_long', 'its lines seem to end in CR alone'],
  ])('%# is quarantined with the reason and what is wrong', (content, reason, detail, given) => {
    const found = read(content, given);
    expect(found.quarantine).toEqual({ reason, detail: expect.stringContaining(detail) });
    expect(read(content, { ...given, cuts: [65_536, 131_072, 200_000] })).toEqual(found);
  });

  it('gives no row for a line of totals, for other numbers of fields, or for a record without its key', () => {
    const lines = [
      'Total;1,50',
      'Total;;;1,50',
      'Total;;1,50',
      ';31.12.2025;1,50',
      'a;31.12.2025;1,50;',
      '"a;31.12.2025;1,50',
    ];
    const { rows, rejects } = read(`${HEADER}${lines.join('\n')}`);
    expect(rows).toEqual([]);
    expect(rejects.map(({ code, col }) => [code, col])).toEqual([
      ['field_count', null],
      ['field_count', null],
      ['missing_value', 'day'],
      ['missing_value', 'order_id'],
      ['field_count', null],
      ['broken_quote', null],
    ]);
  });

  it('may lack a column that is optional, and has constants and parts of its name for values', () => {
    const contract = contractOf(
      [
        ...ORDERS.slice(0, 1),
        { name: 'note', type: 'string', optional: true },
        { name: 'shop', type: 'integer', value: '7' },
        { name: 'of_day', type: 'date', format: '%Y%m%d', value: '$file.2', ...must },
      ],
      { files: ['*_*.csv'] },
    );
    const rules = { header: true };
    expect(read('order_id\na\n', { contract, rules, name: 'shops/x_20251231.CSV' }).rows).toEqual([
      [2, 'a', null, 7, '2025-12-31'],
    ]);
    expect(read('b,a\n', { contract, rules: { header: false }, name: 'x_20251231.csv' }).rows).toEqual([
      [1, 'b', 'a', 7, '2025-12-31'],
    ]);
    for (const name of ['x_20251301.csv', 'x.csv']) {
      const found = read('order_id\na\n', { contract, rules, name });
      expect(found.quarantine).toEqual({
        reason: 'file_name',
        detail: expect.stringContaining('of_day is $file.2: '),
      });
      expect([found.rows, found.lastLine]).toEqual([[], 0]);
    }
  });

  it('keeps sensitive values out of its rejects, and the other ones as they are', () => {
    const contract = contractOf([
      { name: 'id', type: 'integer', ...must },
      { name: 'card', type: 'integer', sensitive: true },
      { name: 'note', type: 'string' },
    ]);
    const given = { contract, rules: semicolon };
    const { rows, rejects } = read(
      'note;card;id\n"a;""b""";4111;x\nc;;x\n d;4111x;1\n4111;1\n"4111\n"4111;1;\nx;[masked];1\n',
      given,
    );
    expect(rows).toEqual([]);
    expect(rejects.map(({ col, raw }) => [col, raw])).toEqual([
      ['id', '"a;""b""";[masked];x'],
      ['id', 'c;;x'],
      ['card', ' d;[masked];1'],
      [null, ''],
      [null, ''],
      [null, ''],
      ['card', 'x;[masked];1'],
    ]);
  });

  it('gives the same chunks whatever blocks its bytes come in (I6)', () => {
    const piece = fc.constantFrom(
      'a',
      ';',
      "'",
      "''",
      '\n',
      '\r\n',
      '#',
      '"',
      ROW,
      HEADER,
      '31.12.2025',
      '\r',
      'é',
      '\u0080',
      '\u0081',
    );
    const rules = fc.record({
      delimiter: fc.constantFrom(';', '\t'),
      quoteChar: fc.constantFrom("'", '"', null),
      comment: fc.constantFrom('#', null),
      skipRows: fc.nat(3),
      header: fc.boolean(),
      encoding: fc.constantFrom('utf-8', 'windows-1252', 'iso-8859-1', 'utf-16le'),
    });
    const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(
        text,
        rules,
        fc.constantFrom('utf-8', 'latin1', 'utf16le'),
        fc.array(fc.nat(300), { maxLength: 6 }),
        (given, own, as, cuts) => {
          const bytes = Buffer.from(given, as as BufferEncoding);
          expect(read(bytes, { rules: own as Partial<FileRules>, cuts })).toEqual(
            read(bytes, { rules: own as Partial<FileRules> }),
          );
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
