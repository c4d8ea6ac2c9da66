import { type Contract, columnsOf, type Field, type ParsedRow, type Value } from './contract.ts';

/**
 * A row as a line of `COPY ... FROM STDIN (DELIMITER ',', NULL <nullText>)`: the values of the contract's fields in their order. A comma,
 * a backslash and a line end within a value have a backslash before them, so that most lines of a CSV file are such lines already.
 */
export function copyLine({ fields }: Pick<Contract, 'fields'>, row: ParsedRow, nullText: string): string {
  return copyValues(
    fields,
    columnsOf({ fields }).map((name) => row[name] ?? null),
    nullText,
  );
}

/**
 * As {@link copyLine}, of the values alone. The cells are joined at once: a text that is put together bit by bit is kept as a tree of its
 * parts, and takes several times as long.
 */
export function copyValues(fields: readonly Field[], values: readonly Value[], nullText: string): string {
  const cells: string[] = [];
  for (let i = 0; i < fields.length; i += 1) {
    const value = values[i] ?? null;
    if (value === null) cells.push(nullText);
    else cells.push(PLAIN.has(fields[i]?.type) ? String(value) : copyText(String(value)));
  }
  return cells.join(',');
}

/** Numbers and times have none of the characters that are escaped. */
const PLAIN = new Set<Field['type'] | undefined>(['integer', 'number', 'boolean', 'date', 'datetime']);

function copyText(text: string): string {
  return SPECIAL.test(text) ? text.replaceAll(EACH_SPECIAL, (found) => ESCAPES[found] ?? '') : text;
}

const SPECIAL = /[\\,\n\r]/;
const EACH_SPECIAL = /[\\,\n\r]/g;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', ',': '\\,', '\n': '\\n', '\r': '\\r' };
const UNESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r' };

/**
 * The text that stands for NULL in the lines of a contract. It is the empty text, unless a field may have the empty text for a value,
 * which COPY could not tell from NULL.
 */
export function nullTextOf({ fields }: Pick<Contract, 'fields'>): '' | '\\N' {
  const mayBeEmpty = ({ type, missingValues, missingBlank }: Field) =>
    type === 'string' && missingValues !== undefined && !missingValues.includes('') && !missingBlank;
  return fields.some(mayBeEmpty) ? '\\N' : '';
}

/** The cells of a line as texts; null for NULL. */
export function copyCells(line: string, nullText: string): (string | null)[] {
  const cells = line.includes('\\') ? escapedCells(line) : line.split(',');
  return cells.map((cell) => (cell === nullText ? null : unescaped(cell)));
}

/** The cell of a line at this position, as it stands there; empty if the line is too short. */
export function cellAt(line: string, position: number): string {
  let from = 0;
  for (let nth = 0; nth < position; nth += 1) {
    from = endOfCell(line, from) + 1;
    if (from === 0) return '';
  }
  const end = endOfCell(line, from);
  return end === -1 ? line.slice(from) : line.slice(from, end);
}

/** Where the comma behind the cell is that begins there; -1 behind the last one. */
function endOfCell(line: string, from: number): number {
  let at = line.indexOf(',', from);
  while (at !== -1 && isEscaped(line, at)) at = line.indexOf(',', at + 1);
  return at;
}

/** Whether a character has a backslash before it that has none of its own. */
function isEscaped(line: string, at: number): boolean {
  let first = at;
  while (line[first - 1] === '\\') first -= 1;
  return (at - first) % 2 === 1;
}

/** The text of a cell, which may have backslashes. */
export function unescaped(cell: string): string {
  return cell.includes('\\') ? cell.replaceAll(/\\(.)/g, (_, one: string) => UNESCAPES[one] ?? one) : cell;
}

/** Splits at commas that have no backslash of their own. */
function escapedCells(line: string): string[] {
  const cells: string[] = [];
  let from = 0;
  for (let at = 0; at < line.length; at += 1) {
    if (line[at] === '\\') at += 1;
    else if (line[at] === ',') {
      cells.push(line.slice(from, at));
      from = at + 1;
    }
  }
  return [...cells, line.slice(from)];
}
