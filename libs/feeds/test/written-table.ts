import fc from 'fast-check';

/** A value of a row, and how it is written. */
interface Cell {
  readonly value: string | number | boolean | null;
  readonly text: string;
}

interface WrittenColumn {
  readonly type: string;
  readonly cell: fc.Arbitrary<Cell>;
  /** Makes the type certain, whatever the other cells are. */
  readonly certain: Cell;
}

/** A table of random values, and the dialect in which it is written. */
export interface WrittenTable {
  readonly delimiter: string;
  readonly end: string;
  readonly mark: boolean;
  readonly quoteAll: boolean;
  readonly columns: readonly WrittenColumn[];
  readonly rows: readonly (readonly Cell[])[];
}

const two = (n: number) => String(n).padStart(2, '0');
const groups = (digits: string, group: string) => digits.replace(/\B(?=(\d{3})+$)/g, group);
const parts = fc.record({
  year: fc.integer({ min: 1950, max: 2049 }),
  month: fc.integer({ min: 1, max: 12 }),
  day: fc.integer({ min: 1, max: 28 }),
});
type Parts = typeof parts extends fc.Arbitrary<infer T> ? T : never;

function dates(
  type: 'date' | 'datetime',
  write: (year: string, month: string, day: string) => string,
): WrittenColumn {
  const cell = ({ year, month, day }: Parts): Cell => ({
    value: `${year}-${two(month)}-${two(day)}${type === 'date' ? '' : ' 09:30:00'}`,
    text: write(String(year), two(month), two(day)),
  });
  return { type, cell: parts.map(cell), certain: cell({ year: 2025, month: 12, day: 28 }) };
}

function numbers(mark: string, group: string): WrittenColumn {
  const cell = ([cents, minus]: readonly [number, boolean]): Cell => {
    const [whole, rest] = [String(Math.floor(cents / 100)), two(cents % 100)];
    const sign = minus ? '-' : '';
    return { value: `${sign}${whole}.${rest}`, text: `${sign}${groups(whole, group)}${mark}${rest}` };
  };
  return {
    type: 'number',
    cell: fc.tuple(fc.nat(99_999_999), fc.boolean()).map(cell),
    certain: cell([123_456_789, false]),
  };
}

function booleans(yes: string, no: string): WrittenColumn {
  const cell = (value: boolean): Cell => ({ value, text: value ? yes : no });
  return { type: 'boolean', cell: fc.boolean().map(cell), certain: cell(true) };
}

/** Column kinds. A column of words has a no among its certain values by its second row. */
const column = fc.constantFrom<WrittenColumn>(
  dates('date', (y, m, d) => `${y}-${m}-${d}`),
  dates('date', (y, m, d) => `${d}.${m}.${y}`),
  dates('date', (y, m, d) => `${m}/${d}/${y}`),
  dates('date', (y, m, d) => `${y}/${m}/${d}`),
  dates('datetime', (y, m, d) => `${y}-${m}-${d}T09:30:00Z`),
  dates('datetime', (y, m, d) => `${y}-${m}-${d} 09:30:00 UTC`),
  dates('datetime', (y, m, d) => `${d}.${m}.${y} 09:30`),
  numbers('.', ''),
  numbers(',', ''),
  numbers('.', ','),
  numbers(',', '.'),
  numbers('.', "'"),
  booleans('true', 'false'),
  {
    type: 'integer',
    cell: fc.integer({ min: -1_000_000, max: 1_000_000 }).map((value) => ({ value, text: String(value) })),
    certain: { value: 2, text: '2' },
  },
  {
    type: 'string',
    cell: fc
      .array(fc.constantFrom('a', 'ü', '"', ';', ',', '\t', '|', '\n', ' ', 'z', '数', "'"), { maxLength: 6 })
      .map((letters) => `w${letters.join('')}`)
      .map((text) => ({ value: text, text })),
    certain: { value: 'word', text: 'word' },
  },
);

const missing: Cell = { value: null, text: '' };

export const writtenTable: fc.Arbitrary<WrittenTable> = fc
  .record({
    delimiter: fc.constantFrom(',', ';', '\t', '|'),
    end: fc.constantFrom('\n', '\r\n'),
    mark: fc.boolean(),
    quoteAll: fc.boolean(),
    columns: fc.array(column, { minLength: 1, maxLength: 6 }),
  })
  .chain((dialect) =>
    fc
      .array(
        fc.tuple(
          ...dialect.columns.map(({ cell }) =>
            fc.oneof({ weight: 5, arbitrary: cell }, { weight: 1, arbitrary: fc.constant(missing) }),
          ),
        ),
        { minLength: 3, maxLength: 15 },
      )
      .map((rows) => ({ ...dialect, rows: [dialect.columns.map(({ certain }) => certain), ...rows] })),
  );

/** The bytes of a table. Its first column counts the rows. */
export function written({ delimiter, end, mark, quoteAll, columns, rows }: WrittenTable): Buffer {
  const field = (text: string) =>
    quoteAll || /[",;\t|\n']/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const header = ['id', ...columns.map(({ type }, i) => `Column ${i} ${type}`)];
  const lines = [header, ...rows.map((row, i) => [String(i + 1), ...row.map(({ text }) => text)])];
  return Buffer.from(
    `${mark ? '\ufeff' : ''}${lines.map((line) => line.map(field).join(delimiter) + end).join('')}`,
  );
}
