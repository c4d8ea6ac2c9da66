import {
  type Contract,
  CsvReader,
  columnsOf,
  type Field,
  MASKED,
  type ParsedRow,
  READER_VERSION,
  type Reject,
  readingOf,
  reject,
  type Value,
} from '@sluice/core';

/** The reason why PostgreSQL refuses a row. */
export interface Refusal {
  readonly sqlstate: string;
  readonly constraint: string | null;
  readonly column: string | null;
}

/** A foreign key finds no row in the other table. The same row may be taken later. */
const NO_PARENT = '23503';

/** Longer records may have been cut when they were stored. */
const WHOLE_BYTES = 4092;

/**
 * Makes a reject of a row that PostgreSQL refuses. The raw record is rebuilt from the values, because the line of the file is not
 * available here: the columns of the contract in their order, with commas. {@link MASKED} stands for a sensitive value, which must not get lost when the reject
 * is exported and loaded again.
 */
export function rejectOf(
  row: ParsedRow,
  { sqlstate, constraint, column }: Refusal,
  contract: Contract,
): Reject {
  const raw = contract.fields.map((field) => cellOf(row[field.name] ?? null, field)).join(',');
  const col = columnsOf(contract).find((name) => name === column) ?? null;
  const by = constraint === null ? `SQLSTATE ${sqlstate}` : `SQLSTATE ${sqlstate}, constraint ${constraint}`;
  const { sluice_line: line, sluice_last_line: lastLine = line } = row;
  const place = { line, lastLine, raw };
  return sqlstate === NO_PARENT
    ? reject(place, col, 'missing_parent', `a row whose parent is in the other table: ${by}`)
    : reject(place, col, 'refused_by_database', `a row that PostgreSQL takes: ${by}`);
}

function cellOf(value: Value, { sensitive, missingValues }: Field): string {
  if (sensitive && value !== null) return MASKED;
  const text = value === null ? (missingValues?.[0] ?? '') : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * The row that {@link rejectOf} was given, read from the raw record of its reject, to try it again. Undefined when that is not
 * certain: the record was cut, or the contract has sensitive fields, whose values the ledger does not keep.
 */
export function rowOfReject(
  { raw, line }: Pick<Reject, 'raw' | 'line'>,
  contract: Contract,
): ParsedRow | undefined {
  const { fields } = contract;
  if (fields.some(({ sensitive }) => sensitive) || Buffer.byteLength(raw) > WHOLE_BYTES) return undefined;
  const reader = new CsvReader({ delimiter: ',' }, readingOf(READER_VERSION));
  // The record was stored without its line end, so a CR that is still there belongs to the value.
  const [record, ...others] = [...reader.push(`${raw}\r\n`), ...reader.end()].flat();
  if (record === undefined || record.broken || others.length > 0) return undefined;
  if (record.fields.length !== fields.length) return undefined;
  const values = fields.map((field, i) => [field.name, valueIn(record.fields[i] ?? '', field)] as const);
  return { ...Object.fromEntries(values), sluice_line: line };
}

function valueIn(cell: string, { type, missingValues }: Field): Value {
  if (cell === (missingValues?.[0] ?? '')) return null;
  return type === 'boolean' ? cell === 'true' : cell;
}
