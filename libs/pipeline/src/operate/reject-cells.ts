import {
  type Columns,
  type Contract,
  CsvReader,
  columnsOf,
  type Field,
  type FileRules,
  jsonCells,
  MASKED,
  readingOf,
  textOf,
} from '@sluice/core';
import type { LedgerReject } from '@sluice/ledger';

/** What is needed to split the record of a reject. */
export type Splittable = Pick<LedgerReject, 'raw' | 'reason' | 'rules' | 'columns'>;

/** The values of a record as a file has them, by the name of the field. */
export interface RejectCells {
  readonly cells: ReadonlyMap<string, string>;
  /** False when some value is not certain. Its cell is empty then. */
  readonly certain: boolean;
}

/** Longer records may have been cut when they were stored. */
const WHOLE_BYTES = 4092;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Shown in place of NUL, which PostgreSQL cannot store. */
const NUL_PICTURE = '\u2400';

/** The codes of rejects whose text was written from converted values, in the order of the contract. */
const REWRITTEN: readonly string[] = ['refused_by_database', 'missing_parent'];

/**
 * The values of a rejected record, split as the file was. A value that is not certain is empty: the record is then rejected again
 * until somebody fills it in, and is never loaded with wrong values.
 *
 * @param contract the contract that the record was read by
 */
export function cellsOf({ raw, reason, rules, columns }: Splittable, contract: Contract): RejectCells {
  const rewritten = REWRITTEN.includes(reason);
  if (rules.type === 'ndjson' && !rewritten) return ofLine(raw, rules, contract);
  const layout = rewritten ? layoutOf(contract) : columns;
  const dialect = rewritten ? {} : { delimiter: rules.delimiter, quoteChar: rules.quoteChar };
  const fields = layout && fieldsOf(raw, new CsvReader(dialect, readingOf(rules.reader)));
  const inFile = contract.fields.flatMap((field, i) => (field.value === undefined ? [{ field, i }] : []));
  if (!layout || !fields) return { cells: new Map(), certain: false };
  const whole = fields.length === layout.width && Buffer.byteLength(raw) <= WHOLE_BYTES;
  let certain = whole;
  const cells = inFile.map(({ field, i }): [string, string] => {
    const cell = fields[layout.at[i] ?? -1] ?? '';
    const text = whole ? cellOf(field, cell, rewritten, rules) : idIn(cell, field, contract);
    if (text === undefined) certain = false;
    return [field.name, text ?? ''];
  });
  return { cells: new Map(cells), certain };
}

/** The cells of a line of NDJSON. One that was cut when it was stored is no JSON any more. */
function ofLine(raw: string, rules: FileRules, contract: Contract): RejectCells {
  const found = jsonCells(raw, contract, rules.timeZone);
  const certain = found.size > 0 && [...found.values()].every((cell) => cell !== undefined);
  return { cells: new Map([...found].map(([name, cell]) => [name, cell ?? ''])), certain };
}

function cellOf(field: Field, cell: string, rewritten: boolean, rules: FileRules): string | undefined {
  if (field.sensitive && cell !== '') return MASKED;
  if (rewritten) return textOf(field, cell, rules.timeZone);
  return field.type === 'string' && cell.includes(NUL_PICTURE) ? undefined : cell;
}

/** A value that looks like an id is one; the other fields may be shifted. */
function idIn(cell: string, { name, sensitive }: Field, { key }: Contract): string | undefined {
  return key.includes(name) && !sensitive && UUID.test(cell) ? cell : undefined;
}

function fieldsOf(raw: string, reader: CsvReader): readonly string[] | undefined {
  // The record was stored without its line end, so a CR that is still there belongs to the value.
  const [record, ...others] = [...reader.push(`${raw}\r\n`), ...reader.end()].flat();
  return record === undefined || record.broken || others.length > 0 ? undefined : record.fields;
}

/** The layout of a record that has only the columns of the contract, in order. */
function layoutOf(contract: Contract): Columns {
  const names = columnsOf(contract);
  return { at: names.map((_, i) => i), width: names.length };
}
