import type { CsvRecord, Dialect } from '../csv-reader.ts';
import type { Contract } from './contract.ts';
import type { Columns } from './header.ts';
import { MASKED } from './reading.ts';

/** The text of a record as a reject may keep it. */
export type RawOf = (record: CsvRecord, columns: Columns) => string;

/**
 * Compiles what rejects keep of records: all of it, unless fields of the contract are sensitive. Then the record is written once
 * more, with {@link MASKED} for their values, so that the other values can still be corrected. When it is not certain which value
 * belongs to which field, nothing is kept.
 */
export function rawOf({ fields }: Contract, dialect: Pick<Dialect, 'delimiter' | 'quoteChar'>): RawOf {
  const sensitive = fields.flatMap((field, i) => (field.sensitive ? [i] : []));
  if (sensitive.length === 0) return ({ raw }) => raw;
  return (record, { at, width }) => {
    if (record.broken || record.fields.length !== width) return '';
    const hidden = new Set(sensitive.map((i) => at[i]));
    const shown = record.fields.map((value, i) => (hidden.has(i) && value !== '' ? MASKED : value));
    return shown.map((value) => written(value, dialect)).join(dialect.delimiter);
  };
}

function written(value: string, { delimiter, quoteChar }: Pick<Dialect, 'delimiter' | 'quoteChar'>): string {
  if (quoteChar === null) return value;
  const plain = ![delimiter, quoteChar, '\n', '\r'].some((character) => value.includes(character));
  return plain ? value : quoteChar + value.replaceAll(quoteChar, quoteChar + quoteChar) + quoteChar;
}
