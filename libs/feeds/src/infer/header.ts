import type { CsvRecord } from '@sluice/core';
import { Column, kindOf } from './column.ts';

const NOWHERE = { sample: 0, line: 0 };

/** Enough records to tell a header from them. */
const RECORDS = 1000;

/**
 * Tells whether the first record names the columns. It does when it has words where the records below have numbers, dates or ids;
 * it does not when it looks like them. Undefined: both are true, or its numbers could be years that name columns.
 */
export function isHeader(first: readonly string[], below: readonly CsvRecord[]): boolean | undefined {
  const columns = first.map((cell, i) =>
    compare(
      cell,
      below.slice(0, RECORDS).map(({ fields }) => fields[i] ?? ''),
    ),
  );
  const alike = columns.filter((comparison) => comparison === 'alike').length;
  if (columns.includes('word above values')) return alike === 0 ? true : undefined;
  if (alike > 0)
    return first.some((cell, i) => columns[i] === 'alike' && !/^(19|20)\d\d$/.test(cell)) ? false : undefined;
  return !columns.includes('comes again');
}

function compare(
  cell: string,
  below: readonly string[],
): 'word above values' | 'alike' | 'comes again' | 'open' {
  const kinds = new Set(below.map(kindOfCell).filter((kind) => kind !== undefined));
  const [kind, own] = [kinds.size === 1 ? [...kinds][0] : 'text', kindOfCell(cell)];
  if (kind === 'text') return cell !== '' && below.includes(cell) ? 'comes again' : 'open';
  if (kind === undefined || own === undefined) return 'open';
  return own === kind ? 'alike' : own === 'text' ? 'word above values' : 'open';
}

/** What kind of value a text is; undefined when it is missing. */
function kindOfCell(text: string): string | undefined {
  const column = new Column(null);
  column.add(text, NOWHERE);
  const [look] = column.looks.keys();
  if (look === undefined) return undefined;
  return look === 'code' ? 'number' : kindOf(look);
}
