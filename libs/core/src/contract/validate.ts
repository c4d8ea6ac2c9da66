import type { CsvRecord } from '../csv-reader.ts';
import type { ReadingRules } from '../rules.ts';
import { type Contract, columnsOf, type Field, type ParsedRow, type Value } from './contract.ts';
import { copyValues, nullTextOf } from './copy-line.ts';
import { givenText, partNumber } from './file-name.ts';
import type { Columns } from './header.ts';
import { rawOf } from './mask.ts';
import { isRefused, type Reader, type Refused, readerOf } from './reading.ts';
import { GENERAL, type Reject, type RejectCode, reject } from './reject.ts';

type Validated = { readonly row: ParsedRow } | { readonly reject: Reject };

/** Turns one record into a row or into a reject (I7): never into both, never into neither. */
export type Validator = (record: CsvRecord, columns: Columns) => Validated;

/** Turns one record into a row as a line for COPY, without its line end, or into a reject. */
export type LineReader = (record: CsvRecord, columns: Columns) => string | Reject;

/** The two forms in which a row is given. What is a row is decided by the same code. */
interface Compiled {
  readonly row: Validator;
  readonly line: LineReader;
}

/** The rules that say how a record is written, and what its times mean. */
export type RecordRules = Pick<ReadingRules, 'timeZone' | 'delimiter' | 'quoteChar'>;

const compiled = new WeakMap<Contract, Map<string, Compiled>>();

/** How many validators of one contract are kept. Where values are parts of file names, each file has one. */
const KEPT = 100;

/**
 * The validator of a contract. It is compiled once for the same rules.
 *
 * @param name the file's name in the ledger. Fields may have parts of it for their values
 */
export function validatorOf(contract: Contract, rules: RecordRules, name = ''): Validator {
  return compiledOf(contract, rules, name).row;
}

/** As {@link validatorOf}, for rows that are staged: it makes no objects. */
export function lineReaderOf(contract: Contract, rules: RecordRules, name = ''): LineReader {
  return compiledOf(contract, rules, name).line;
}

function compiledOf(contract: Contract, rules: RecordRules, name: string): Compiled {
  const known = compiled.get(contract) ?? new Map<string, Compiled>();
  compiled.set(contract, known);
  const named = contract.fields.some((field) => partNumber(field) !== undefined);
  const key = JSON.stringify([rules.timeZone, rules.delimiter, rules.quoteChar, named ? name : '']);
  const validator = known.get(key) ?? compile(contract, rules, name);
  if (known.size >= KEPT) known.clear();
  known.set(key, validator);
  return validator;
}

function compile(contract: Contract, rules: RecordRules, name: string): Compiled {
  const names = columnsOf(contract);
  const readers = contract.fields.map((field) => valueReader(field, contract, rules.timeZone, name));
  const raw = rawOf(contract, rules);
  const nullText = nullTextOf(contract);
  const refuse = (
    record: CsvRecord,
    columns: Columns,
    column: string | null,
    { code, expected }: Refused,
  ): Reject => reject({ ...record, raw: raw(record, columns) }, column, code, expected);
  /** The values of the fields in their order, or the reject. */
  const read = (record: CsvRecord, columns: Columns): Value[] | Reject => {
    const { fields, broken } = record;
    const { at, width } = columns;
    if (broken) return refuse(record, columns, null, general('broken_quote'));
    if (fields.length !== width) return refuse(record, columns, null, general('field_count'));
    const values: Value[] = [];
    for (let i = 0; i < readers.length; i += 1) {
      const place = at[i] ?? -1;
      const value = readers[i]?.(place < 0 ? undefined : fields[place]) ?? null;
      if (isRefused(value)) return refuse(record, columns, names[i] ?? null, value);
      values.push(value);
    }
    return values;
  };
  return {
    row: (record, columns) => {
      const values = read(record, columns);
      if (!Array.isArray(values)) return { reject: values };
      const { line, lastLine } = record;
      const row: Record<string, Value> & { sluice_line: number } = { sluice_line: line };
      if (lastLine !== line) row.sluice_last_line = lastLine;
      for (let i = 0; i < values.length; i += 1) row[names[i] ?? ''] = values[i] ?? null;
      return { row };
    },
    line: (record, columns) => {
      const values = read(record, columns);
      return Array.isArray(values) ? copyValues(contract.fields, values, nullText) : values;
    },
  };
}

function general(code: keyof typeof GENERAL & RejectCode): Refused {
  return { code, expected: GENERAL[code] };
}

/** The reader of a field of a contract. A value that does not come from the content of a file is read once. */
export function valueReader(field: Field, contract: Contract, timeZone: string, name: string): Reader {
  const read = readerOf(field, timeZone);
  if (field.value === undefined) return read;
  const value = read(givenText(field, contract, name));
  return () => value;
}
