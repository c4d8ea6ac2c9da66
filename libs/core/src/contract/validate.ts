import type { CsvRecord } from '../csv-reader.ts';
import { type Contract, columnsOf, type ParsedRow, type Value } from './contract.ts';
import type { Columns } from './header.ts';
import { type Refused, readerOf } from './reading.ts';
import { type Reject, type RejectCode, reject, rejectTexts } from './reject.ts';

export type Validated = { readonly row: ParsedRow } | { readonly reject: Reject };

/** Turns one record into a row or into a reject (I7): never into both, never into neither. */
export type Validator = (record: CsvRecord, columns: Columns) => Validated;

const compiled = new WeakMap<Contract, Map<string, Validator>>();

/**
 * The validator of a contract. It is compiled once for each time zone.
 *
 * @param timeZone IANA name of the zone for times without an offset
 */
export function validatorOf(contract: Contract, timeZone: string): Validator {
  const known = compiled.get(contract) ?? new Map<string, Validator>();
  compiled.set(contract, known);
  const validator = known.get(timeZone) ?? compile(contract, timeZone);
  known.set(timeZone, validator);
  return validator;
}

function compile(contract: Contract, timeZone: string): Validator {
  const names = columnsOf(contract);
  const readers = contract.fields.map((field) => readerOf(field, timeZone));
  const texts = rejectTexts(contract);
  const refuse = (record: CsvRecord, column: string | null, code: RejectCode): Validated => ({
    reject: reject(record, column, code, texts[code] ?? ''),
  });
  return (record, { at, width }) => {
    const { line, lastLine, fields, broken } = record;
    if (broken) return refuse(record, null, 'broken_quote');
    if (fields.length !== width) return refuse(record, null, 'field_count');
    const row: Record<string, Value> & { sluice_line: number } = { sluice_line: line };
    if (lastLine !== line) row.sluice_last_line = lastLine;
    for (let i = 0; i < readers.length; i += 1) {
      const [name, read] = [names[i] ?? '', readers[i]];
      const value = read?.(fields[at[i] ?? -1] ?? '') ?? null;
      if (isRefused(value)) return refuse(record, name, value.code);
      row[name] = value;
    }
    return { row };
  };
}

function isRefused(value: Value | Refused): value is Refused {
  return typeof value === 'object' && value !== null;
}
