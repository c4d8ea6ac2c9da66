import type { CsvRecord } from '../csv-reader.ts';
import type { ReadingRules } from '../rules.ts';
import { type Contract, columnsOf, type Field, type ParsedRow, type Value } from './contract.ts';
import { givenText, partNumber } from './file-name.ts';
import type { Columns } from './header.ts';
import { rawOf } from './mask.ts';
import { isRefused, type Reader, type Refused, readerOf } from './reading.ts';
import { GENERAL, type Reject, type RejectCode, reject } from './reject.ts';

export type Validated = { readonly row: ParsedRow } | { readonly reject: Reject };

/** Turns one record into a row or into a reject (I7): never into both, never into neither. */
export type Validator = (record: CsvRecord, columns: Columns) => Validated;

/** The rules that say how a record is written, and what its times mean. */
export type RecordRules = Pick<ReadingRules, 'timeZone' | 'delimiter' | 'quoteChar'>;

const compiled = new WeakMap<Contract, Map<string, Validator>>();

/** How many validators of one contract are kept. Where values are parts of file names, each file has one. */
const KEPT = 100;

/**
 * The validator of a contract. It is compiled once for the same rules.
 *
 * @param name the file's name in the ledger. Fields may have parts of it for their values
 */
export function validatorOf(contract: Contract, rules: RecordRules, name = ''): Validator {
  const known = compiled.get(contract) ?? new Map<string, Validator>();
  compiled.set(contract, known);
  const named = contract.fields.some((field) => partNumber(field) !== undefined);
  const key = JSON.stringify([rules.timeZone, rules.delimiter, rules.quoteChar, named ? name : '']);
  const validator = known.get(key) ?? compile(contract, rules, name);
  if (known.size >= KEPT) known.clear();
  known.set(key, validator);
  return validator;
}

function compile(contract: Contract, rules: RecordRules, name: string): Validator {
  const names = columnsOf(contract);
  const readers = contract.fields.map((field) => valueReader(field, contract, rules.timeZone, name));
  const raw = rawOf(contract, rules);
  const refuse = (
    record: CsvRecord,
    columns: Columns,
    column: string | null,
    { code, expected }: Refused,
  ): Validated => ({
    reject: reject({ ...record, raw: raw(record, columns) }, column, code, expected),
  });
  return (record, columns) => {
    const { line, lastLine, fields, broken } = record;
    const { at, width } = columns;
    if (broken) return refuse(record, columns, null, general('broken_quote'));
    if (fields.length !== width) return refuse(record, columns, null, general('field_count'));
    const row: Record<string, Value> & { sluice_line: number } = { sluice_line: line };
    if (lastLine !== line) row.sluice_last_line = lastLine;
    for (let i = 0; i < readers.length; i += 1) {
      const [column, read, place] = [names[i] ?? '', readers[i], at[i] ?? -1];
      const value = read?.(place < 0 ? undefined : fields[place]) ?? null;
      if (isRefused(value)) return refuse(record, columns, column, value);
      row[column] = value;
    }
    return { row };
  };
}

function general(code: keyof typeof GENERAL & RejectCode): Refused {
  return { code, expected: GENERAL[code] };
}

/** A value that does not come from the content of a file is read once. */
function valueReader(field: Field, contract: Contract, timeZone: string, name: string): Reader {
  const read = readerOf(field, timeZone);
  if (field.value === undefined) return read;
  const value = read(givenText(field, contract, name));
  return () => value;
}
