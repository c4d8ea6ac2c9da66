import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CsvReader, type CsvRecord, type Dialect, MAX_RECORD_CHARS } from '../src/csv-reader.ts';

function read(...blocks: string[]): CsvRecord[] {
  const reader = new CsvReader();
  return [...blocks.flatMap((block) => [...reader.push(block)]), ...reader.end()].flat();
}

const fields = (...blocks: string[]) => read(...blocks).map((record) => record.fields);

describe('the CSV reader', () => {
  it('reads LF, CRLF and a last line without a newline alike', () => {
    const expected = [
      ['a', 'b'],
      ['c', 'd'],
    ];
    expect(fields('a,b\nc,d\n')).toEqual(expected);
    expect(fields('a,b\r\nc,d\r\n')).toEqual(expected);
    expect(fields('a,b\r\nc,d')).toEqual(expected);
  });

  it('reads quoted commas, quotes and newlines by RFC 4180 and counts physical lines', () => {
    const records = read('"x,""y""","one\ntwo"\n3,4\n');
    expect(records.map((record) => record.fields)).toEqual([
      ['x,"y"', 'one\ntwo'],
      ['3', '4'],
    ]);
    expect(records.map((record) => [record.line, record.lastLine])).toEqual([
      [1, 2],
      [3, 3],
    ]);
  });

  it('keeps a carriage return that stands inside quotes', () => {
    expect(fields('a,"b\r"\r\nc,d\r\n')).toEqual([
      ['a', 'b\r'],
      ['c', 'd'],
    ]);
    expect(fields('a,"b\r"\r\n')).toEqual([['a', 'b\r']]);
  });

  it('passes over empty lines but counts them', () => {
    expect(read('a\n\n\r\nb\n').map((record) => [record.line, record.fields])).toEqual([
      [1, ['a']],
      [4, ['b']],
    ]);
  });

  it('gives up one line for a stray quote and reads the next one as it stands', () => {
    const records = read('1,"a"x,2\n3,"b",4\n5,"c",6\n');
    expect(records.map((record) => [record.line, record.broken])).toEqual([
      [1, true],
      [2, false],
      [3, false],
    ]);
    expect(records[0]?.raw).toBe('1,"a"x,2\n');
  });

  it('gives up one line for a quote that is never closed and reads those behind it', () => {
    const records = read('1,2\n"3,4\n5,6\n7,8\n');
    expect(records.map((record) => record.broken)).toEqual([false, true, false, false]);
    expect(records.slice(2).map((record) => record.fields)).toEqual([
      ['5', '6'],
      ['7', '8'],
    ]);
  });

  it('stops at a line that is too long instead of holding it', () => {
    const reader = new CsvReader();
    [...reader.push('a,b\n')];
    for (let i = 0; i < 40 && !reader.tooLong; i += 1) {
      [...reader.push(`"${'x'.repeat(MAX_RECORD_CHARS / 32)}`)];
    }
    expect(reader.tooLong).toBe(true);
    expect(reader.lines).toBe(1);
  });

  it.each([10_000, 100_000])(
    'gives up one line for an open quote, with %i lines behind it, and holds no more than 1 MiB',
    (lines) => {
      const reader = new CsvReader();
      const line = 'a,b,0123456789\n';
      const block = line.repeat(1_000);
      const records = [...reader.push('"open\n')].flat();
      let held = 0;
      for (let taken = 0; taken < lines; taken += 1_000) {
        records.push(...[...reader.push(block)].flat());
        held = Math.max(held, (reader.linesTaken - reader.lines) * line.length);
      }
      records.push(...[...reader.end()].flat());
      expect(records.filter(({ broken }) => broken).map((record) => record.line)).toEqual([1]);
      expect(records).toHaveLength(lines + 1);
      expect(held).toBeLessThanOrEqual(MAX_RECORD_CHARS);
    },
  );

  it('takes a last CR for a line end, and only there', () => {
    expect(fields('a,b\r\nc,d\r')).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(fields('a,"b"\r')).toEqual([['a', 'b']]);
    expect(fields('a,b\r\r')).toEqual([['a', 'b\r']]);
    expect(read('a\n\r').map((record) => record.line)).toEqual([1]);
  });

  it.each<[string, Partial<Dialect>, skipRows: number, text: string, [line: number, ...fields: string[]][]]>([
    [
      'another quote',
      { quoteChar: "'" },
      0,
      `'a,''b"',c\n"d,e\n`,
      [
        [1, `a,'b"`, 'c'],
        [2, '"d', 'e'],
      ],
    ],
    [
      'lines within another quote',
      { quoteChar: "'" },
      0,
      "'a\n,b',c\nd,e\n",
      [
        [1, 'a\n,b', 'c'],
        [3, 'd', 'e'],
      ],
    ],
    [
      'no quotes',
      { quoteChar: null },
      0,
      '"a,b"\n"\n\n,\n',
      [
        [1, '"a', 'b"'],
        [2, '"'],
        [4, '', ''],
      ],
    ],
    ['a tab', { delimiter: '\t' }, 0, 'a\tb,c\n', [[1, 'a', 'b,c']]],
    [
      'comments',
      { comment: '#' },
      0,
      '#x"\na\n#\n"b\n#c"\n#"',
      [
        [2, 'a'],
        [4, 'b\n#c'],
      ],
    ],
    ['lines before the header', {}, 2, 'Report "of\n\na,b\n', [[3, 'a', 'b']]],
    ['more lines to skip than there are', {}, 9, 'a\nb', []],
    ['comments among the lines to skip', { comment: '#' }, 1, '#\na\n', [[2, 'a']]],
  ])('reads %s', (_, dialect, skipRows, text, expected) => {
    const reader = () => new CsvReader(dialect, undefined, skipRows);
    const [whole, byOne] = [reader(), reader()];
    const records = [...whole.push(text), ...whole.end()].flat();
    expect(records.map(({ line, fields }) => [line, ...fields])).toEqual(expected);
    expect(whole.lines).toBe(text.split('\n').length - (text.endsWith('\n') ? 1 : 0));
    const pieces = [...text].flatMap((character) => [...byOne.push(character)].flat());
    expect([...pieces, ...[...byOne.end()].flat()]).toEqual(records);
  });

  it('gives the same records however the text is cut (I6)', () => {
    const piece = fc.constantFrom(
      'a',
      ',',
      '"',
      '\n',
      '\r\n',
      '""',
      'é',
      '\ud83d\ude00',
      ' ',
      'x,y',
      '"q"',
      '\r',
    );
    const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, fc.array(fc.nat(60), { maxLength: 6 }), (whole, cuts) => {
        const at = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b), whole.length];
        const blocks = at.slice(1).map((end, i) => whole.slice(at[i], end));
        expect(read(...blocks)).toEqual(read(whole));
      }),
      { numRuns: 2_000 },
    );
  });

  it('reads back what RFC 4180 writes', () => {
    const value = fc.string({ unit: fc.constantFrom('a', 'b', ',', '"', '\n', '\r', ' ', 'ü') });
    const table = fc.array(fc.array(value, { minLength: 2, maxLength: 4 }), { maxLength: 6 });
    fc.assert(
      fc.property(table, fc.constantFrom('\n', '\r\n'), (rows, newline) => {
        const quoted = (field: string) => `"${field.replaceAll('"', '""')}"`;
        const text = rows.map((row) => row.map(quoted).join(',') + newline).join('');
        expect(fields(text)).toEqual(rows);
      }),
      { numRuns: 1_000 },
    );
  });
});
