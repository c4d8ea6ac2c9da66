import { type Columns, type Contract, CsvReader, columnsOf, readingOf } from '@sluice/core';
import type { LedgerReject } from '@sluice/ledger';

/** The columns of an export in front of those of the contract; `raw` stands behind them, and `escaped` in a spreadsheet's. */
const BEFORE = ['file_no', 'file', 'line', 'last_line', 'column', 'reason', 'expected'] as const;

/** What a spreadsheet takes for the beginning of a formula (OWASP), also where quotes stand before it. */
const FORMULA = /^'*[=+\-@\t\r\n＝＋－＠]/;
const ESCAPED = /^'+[=+\-@\t\r\n＝＋－＠]/;

/** What a byte order mark is for: without it, spreadsheets do not read UTF-8. */
const MARK = '\ufeff';

/**
 * The rejects as CSV (RFC 4180), from its header on: with a cell for each column of the contract, so that one cell is
 * corrected and not a text. `spreadsheet`: with the line ends and the mark that such programs need, and with a quote
 * before what they would calculate; {@link withoutEscape} takes that off again.
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

/** What it takes to split the record of a reject. */
type Splittable = Pick<LedgerReject, 'raw' | 'reason' | 'rules' | 'columns'>;

/** What stood in the column that a record was refused for; '' where that is not certain. */
export function rejectedValue(reject: Splittable & Pick<LedgerReject, 'column'>, contract: Contract): string {
  const { column } = reject;
  return column === null ? '' : (cellsOf(reject, contract)[columnsOf(contract).indexOf(column)] ?? '');
}

/** The value of a cell of a spreadsheet's export, as it was before it was escaped. */
export function withoutEscape(cell: string): string {
  return ESCAPED.test(cell) ? cell.slice(1) : cell;
}

function escaped(cell: string): string {
  return FORMULA.test(cell) ? `'${cell}` : cell;
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** Longer ones may have been cut when they were stored. */
const WHOLE_BYTES = 4092;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Shown in place of NUL, which PostgreSQL cannot store. */
const NUL_PICTURE = '\u2400';

/**
 * What stood in each column of the contract, in their order, split as the file was. Empty where that is not certain: then
 * the record is refused again until somebody fills it in, and never loaded as something that it was not.
 */
function cellsOf({ raw, reason, rules, columns }: Splittable, contract: Contract): string[] {
  // Such a record was written again from its values: as the table has them.
  const rewritten = reason === 'refused_by_database';
  const layout = rewritten ? layoutOf(contract) : columns;
  const delimiter = rewritten ? ',' : rules.delimiter;
  const fields = layout && fieldsOf(raw, new CsvReader(delimiter, readingOf(rules.reader)));
  if (!layout || !fields) return contract.fields.map(() => '');
  const whole = fields.length === layout.width && Buffer.byteLength(raw) <= WHOLE_BYTES;
  return contract.fields.map(({ name, type }, i) => {
    const cell = fields[layout.at[i] ?? -1] ?? '';
    // What looks like an id is one; the other fields may have moved.
    if (!whole) return name === contract.key && UUID.test(cell) ? cell : '';
    // Its time was converted already; without an offset it would be again.
    if (rewritten && type === 'timestamp' && cell !== '') return `${cell}Z`;
    return type === 'text' && cell.includes(NUL_PICTURE) ? '' : cell;
  });
}

function fieldsOf(raw: string, reader: CsvReader): readonly string[] | undefined {
  // It was stored without its line end; a CR that is still there belongs to the value.
  const [record, ...others] = [...reader.push(`${raw}\r\n`), ...reader.end()].flat();
  return record === undefined || record.broken || others.length > 0 ? undefined : record.fields;
}

/** A record that has the columns of the contract alone, in their order. */
function layoutOf({ fields }: Contract): Columns {
  return { at: fields.map((_, i) => i), width: fields.length };
}
