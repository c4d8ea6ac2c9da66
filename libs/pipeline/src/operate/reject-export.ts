import { type Columns, type Contract, CsvReader, columnsOf, readingOf } from '@sluice/core';
import type { LedgerReject } from '@sluice/ledger';

/** The columns before those of the contract. `raw` comes after them, and `escaped` in an export for a spreadsheet. */
const BEFORE = ['file_no', 'file', 'line', 'last_line', 'column', 'reason', 'expected'] as const;

/** Characters that a spreadsheet takes for the beginning of a formula (OWASP), even after quotes. */
const FORMULA = /^'*[=+\-@\t\r\n＝＋－＠]/;
const ESCAPED = /^'+[=+\-@\t\r\n＝＋－＠]/;

/** The byte order mark, without which spreadsheets do not read UTF-8. */
const MARK = '\ufeff';

/**
 * The rejects as CSV (RFC 4180), beginning with the header. Each column of the contract has its own cell, so that a person
 * corrects one cell and not the whole record. `spreadsheet` adds the line ends and the byte order mark that such programs need,
 * and a quote before cells that they would calculate; {@link withoutEscape} removes the quote again.
 */
export async function* exportRejects(
  rejects: AsyncIterable<LedgerReject>,
  contract: Contract,
  o: { readonly spreadsheet: boolean },
): AsyncGenerator<string> {
  const [end, extra] = o.spreadsheet ? ['\r\n', ['escaped']] : ['\n', []];
  const line = (cells: readonly string[]) => cells.map(quoted).join(',') + end;
  yield (o.spreadsheet ? MARK : '') + line([...BEFORE, ...columnsOf(contract), 'raw', ...extra]);
  for await (const reject of rejects) {
    const { fileNo, file, lastLine, column, reason, expected, raw } = reject;
    const about = [
      String(fileNo),
      file,
      String(reject.line),
      String(lastLine ?? ''),
      column ?? '',
      reason,
      expected,
    ];
    const cells = [...about, ...cellsOf(reject, contract), raw];
    yield line(o.spreadsheet ? [...cells.map(escaped), 'yes'] : cells);
  }
}

/** What is needed to split the record of a reject. */
type Splittable = Pick<LedgerReject, 'raw' | 'reason' | 'rules' | 'columns'>;

/** The value of the column that caused the reject; '' if that is not certain. */
export function rejectedValue(reject: Splittable & Pick<LedgerReject, 'column'>, contract: Contract): string {
  const { column } = reject;
  return column === null ? '' : (cellsOf(reject, contract)[columnsOf(contract).indexOf(column)] ?? '');
}

/** The value of a cell in a spreadsheet's export, before it was escaped. */
export function withoutEscape(cell: string): string {
  return ESCAPED.test(cell) ? cell.slice(1) : cell;
}

function escaped(cell: string): string {
  return FORMULA.test(cell) ? `'${cell}` : cell;
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** Longer records may have been cut when they were stored. */
const WHOLE_BYTES = 4092;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Shown in place of NUL, which PostgreSQL cannot store. */
const NUL_PICTURE = '\u2400';

/**
 * The value of each column of the contract, in order, split as the file was. A value that is not certain is empty: the record is
 * then rejected again until somebody fills it in, and is never loaded with wrong values.
 */
function cellsOf({ raw, reason, rules, columns }: Splittable, contract: Contract): string[] {
  // The text of such a record was written from its converted values, in the form that the table has.
  const rewritten = reason === 'refused_by_database';
  const layout = rewritten ? layoutOf(contract) : columns;
  const delimiter = rewritten ? ',' : rules.delimiter;
  const fields = layout && fieldsOf(raw, new CsvReader({ delimiter }, readingOf(rules.reader)));
  if (!layout || !fields) return contract.fields.map(() => '');
  const whole = fields.length === layout.width && Buffer.byteLength(raw) <= WHOLE_BYTES;
  return contract.fields.map(({ name, type }, i) => {
    const cell = fields[layout.at[i] ?? -1] ?? '';
    // A value that looks like an id is one; the other fields may be shifted.
    if (!whole) return contract.key.includes(name) && UUID.test(cell) ? cell : '';
    // The time is already in UTC; without an offset it would be converted again.
    if (rewritten && type === 'datetime' && cell !== '') return `${cell}Z`;
    return type === 'string' && cell.includes(NUL_PICTURE) ? '' : cell;
  });
}

function fieldsOf(raw: string, reader: CsvReader): readonly string[] | undefined {
  // The record was stored without its line end, so a CR that is still there belongs to the value.
  const [record, ...others] = [...reader.push(`${raw}\r\n`), ...reader.end()].flat();
  return record === undefined || record.broken || others.length > 0 ? undefined : record.fields;
}

/** The layout of a record that has only the columns of the contract, in order. */
function layoutOf({ fields }: Contract): Columns {
  return { at: fields.map((_, i) => i), width: fields.length };
}
