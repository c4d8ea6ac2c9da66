import type { CsvRecord } from '../csv-reader.ts';
import type { Quarantine } from '../quarantine.ts';
import { type Contract, columnsOf } from './contract.ts';

/** `at`: the position in a record of each column of the contract, in order. `width`: how many fields a record has. */
export interface Columns {
  readonly at: readonly number[];
  readonly width: number;
}

/** Finds the columns by name, trimmed, in any case and any order. Other columns are allowed and ignored. */
export function readHeader(
  { fields, raw }: Pick<CsvRecord, 'fields' | 'raw'>,
  contract: Contract,
): Columns | Quarantine {
  if (raw.includes('\0')) {
    return { reason: 'binary', detail: 'a NUL in the header line: no text, or UTF-16 without its mark' };
  }
  const columns = columnsOf(contract);
  const names = fields.map((field) => field.trim().toLowerCase());
  const missing = columns.filter((column) => !names.includes(column));
  if (missing.length > 0) return { reason: 'header_missing_column', detail: missing.join(', ') };
  const double = columns.filter((column) => names.indexOf(column) !== names.lastIndexOf(column));
  if (double.length > 0) return { reason: 'header_duplicate_column', detail: double.join(', ') };
  return { at: columns.map((column) => names.indexOf(column)), width: fields.length };
}
