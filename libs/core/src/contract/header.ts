import type { CsvRecord } from '../csv-reader.ts';
import type { Quarantine } from '../quarantine.ts';
import type { Contract, Field } from './contract.ts';

/**
 * `at`: the position in a record of each column of the contract, in order; -1 for one that the file does not have. `width`: how
 * many fields a record has.
 */
export interface Columns {
  readonly at: readonly number[];
  readonly width: number;
}

/** The most names of columns that a reason lists. */
const SHOWN = 20;

/** Finds the columns by their names or other names, trimmed, in any case and any order. */
export function readHeader(
  { fields, raw }: Pick<CsvRecord, 'fields' | 'raw'>,
  contract: Pick<Contract, 'fields' | 'unknownColumns'>,
): Columns | Quarantine {
  if (raw.includes('\0')) return { reason: 'binary', detail: `a NUL in the header line: ${nulHint(raw)}` };
  const names = fields.map((field) => field.trim().toLowerCase());
  const found = contract.fields.map((field) => placesOf(field, names));
  const those = (which: (field: Field, places: readonly number[]) => boolean) =>
    contract.fields.filter((field, i) => which(field, found[i] ?? [])).map(({ name }) => name);
  const missing = those((field, places) => places.length === 0 && isInFile(field) && !field.optional);
  if (missing.length > 0) return { reason: 'header_missing_column', detail: missing.join(', ') };
  const double = those((_, places) => places.length > 1);
  if (double.length > 0) return { reason: 'header_duplicate_column', detail: double.join(', ') };
  const at = found.map(([place = -1]) => place);
  const unknown = fields.filter((_, i) => !at.includes(i)).map((field) => JSON.stringify(field.trim()));
  if (contract.unknownColumns === 'refuse' && unknown.length > 0)
    return { reason: 'header_unknown_column', detail: listed(unknown) };
  return { at, width: fields.length };
}

/** The columns of a file without a header: the fields of the contract that come from the file, in order. */
export function columnsWithoutHeader({ fields }: Pick<Contract, 'fields'>): Columns {
  let width = 0;
  const at = fields.map((field) => (isInFile(field) ? width++ : -1));
  return { at, width };
}

/** Whether the value of a field comes from a column of the file. */
export function isInFile({ value }: Pick<Field, 'value'>): boolean {
  return value === undefined;
}

/** Where the header has a field. */
export function placesOf(field: Field, names: readonly string[]): number[] {
  if (!isInFile(field)) return [];
  const own = new Set([field.name, ...(field.from ?? [])].map((name) => name.trim().toLowerCase()));
  return names.flatMap((name, i) => (own.has(name) ? [i] : []));
}

function listed(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return names.slice(0, SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** Every second byte of ASCII in UTF-16 is 0. */
function nulHint(raw: string): string {
  const place = raw.slice(0, 2).indexOf('\0');
  if (place === -1) return 'no text';
  return `UTF-16 without its mark: set encoding: ${place === 1 ? 'utf-16le' : 'utf-16be'}`;
}
