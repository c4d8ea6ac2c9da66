import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type Contract,
  columnsOf,
  contractSchema,
  type Field,
  rejectTexts,
  events as shipped,
} from '../src/index.ts';
import { events } from './events.ts';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

/** The cells of the table behind a heading, row by row, without their marks. */
function tableBehind(heading: string, text: string): string[][] {
  const [, section = ''] = text.split(`\n${heading}\n`);
  const lines = section.split('\n## ')[0]?.split('\n') ?? [];
  const rows = lines.filter((line) => line.startsWith('|')).slice(2);
  return rows.map((line) =>
    line
      .slice(1, -1)
      .split(' | ')
      .map((cell) => cell.replaceAll('`', '').trim()),
  );
}

/** The codes with which a record can be refused for this field. */
function codesOf(field: Field): string[] {
  const ofType = {
    string: ['value_too_long', 'nul_character', 'lone_surrogate'],
    date: ['invalid_date'],
    datetime: ['invalid_timestamp'],
    boolean: ['invalid_boolean'],
    integer: ['invalid_integer'],
    number: ['invalid_decimal'],
    object: ['invalid_object'],
    array: ['invalid_array'],
  };
  const own = field.type === 'string' && field.format === 'uuid' ? ['invalid_uuid'] : ofType[field.type];
  return [...own, ...(field.constraints.required ? [field.codes?.missing_value ?? 'missing_value'] : [])];
}

function limitsOf(field: Field): string[] {
  const { maxLength, maximum } = field.constraints;
  if (field.type === 'number') return field.digits?.map(String) ?? [];
  return [maxLength, maximum].filter((limit) => limit !== undefined).map(String);
}

/** Rows of a table by the columns of its first cell; a row without such a cell belongs to the one above. */
function byColumn(rows: readonly string[][]): Map<string, string[][]> {
  const own = new Map<string, string[][]>();
  let names: string[] = [];
  for (const row of rows) {
    if (row[0]) names = row[0].split(', ');
    for (const name of names) own.set(name, [...(own.get(name) ?? []), row]);
  }
  return own;
}

describe.each([
  ['docs/files.md', '## Columns', 1],
  ['README.md', '## Your files', 1],
] as const)('%s', (path, heading, accepted) => {
  const table = byColumn(tableBehind(heading, read(path)));

  it('names the columns of the contract, in their order', () => {
    expect([...table.keys()]).toEqual(columnsOf(events));
  });

  it.each(events.fields)('says what $name may hold, and whether it may be empty', (field) => {
    const rows = table.get(field.name) ?? [];
    const cells = rows.map((row) => row[accepted]).join(' ');
    for (const limit of limitsOf(field)) expect(cells).toMatch(new RegExp(`\\b${limit}\\b`));
    expect(/\bNULL\b/.test(rows.flat().join(' '))).toBe(!field.constraints.required);
  });
});

it('docs/files.md names every code with which a column can be refused, and the columns of the header', () => {
  const text = read('docs/files.md');
  const table = byColumn(tableBehind('## Columns', text));
  for (const field of events.fields) {
    const otherwise = (table.get(field.name) ?? []).map((row) => row.at(-1)?.match(/^\w+/)?.[0]);
    expect(new Set(otherwise.filter(Boolean)), field.name).toEqual(new Set(codesOf(field)));
  }
  const named = columnsOf(events).map((name) => `\`${name}\``);
  const list = `${named.slice(0, -1).join(', ')} and ${named.at(-1)}`;
  expect(text.replaceAll(/\s+/g, ' ')).toContain(`All of ${list} must be there, once.`);
});

describe('the texts of rejects', () => {
  it('name the limits of the contract, and the columns where these differ', () => {
    const { value_too_long: tooLong, null_event_id: noId, invalid_integer: integer } = rejectTexts(events);
    expect(tooLong).toBe(
      'at most 50 characters in event_type; at most 100 characters in product_id and user_id',
    );
    expect(noId).toBe('an event_id: a UUID in 8-4-4-4-12 hexadecimal digits');
    expect(integer).toBe('decimal digits, 0 to 2147483647, or nothing');
    const small: Field = {
      name: 'age',
      type: 'integer',
      unsigned: true,
      constraints: { maximum: 150, required: true },
    };
    const { invalid_integer: two } = rejectTexts({ ...events, fields: [...events.fields, small] });
    expect(two).toBe(
      'decimal digits, 0 to 2147483647, or nothing in quantity; decimal digits, 0 to 150 in age',
    );
  });
});

describe('a contract', () => {
  it('is whole as Sluice ships it, without being read by its schema', () => {
    expect(contractSchema.parse(shipped)).toStrictEqual(shipped);
  });
  const text = (name: string): Field => ({
    name,
    type: 'string',
    constraints: { maxLength: 9 },
  });
  it.each<[string, Partial<Contract>]>([
    ['the name of a column that is SQL', { fields: [...events.fields, text('x" TEXT); --')] }],
    ['a name that the ledger takes for itself', { fields: [...events.fields, text('sluice_no')] }],
    ['a name twice', { fields: [...events.fields, text('price')] }],
    ['a key that may be empty', { key: ['quantity'] }],
    ['a time that is none', { time: 'event_type' }],
  ])('is refused with %s', (_, change) => {
    expect(contractSchema.safeParse({ ...events, ...change }).success).toBe(false);
  });
});
