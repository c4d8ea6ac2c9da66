import type { Field } from '@sluice/core';
import { addColumn } from './ddl.ts';
import type { FoundColumn } from './facts.ts';
import { type Fitting, type Misfit, refused, warning } from './misfit.ts';

/** Whether each column is there and takes what it is given, and whether the others do without. */
export function columnMisfits({ contract, facts, columns }: Fitting): Misfit[] {
  const { table } = contract;
  const found: Misfit[] = [];
  const wanted = [...contract.fields.map(({ name }) => name), ...contract.filled];
  for (const name of wanted) {
    const column = columns.get(name);
    if (column === undefined) {
      found.push(refused('column_missing', `${table} has no column ${name}`, addColumn(contract, name)));
    } else if (column.always) {
      const text = `PostgreSQL makes the values of ${table}.${name} itself (GENERATED ALWAYS)`;
      found.push(
        refused('column_generated', text, 'leave the field out of the feed, or drop the expression'),
      );
    }
  }
  for (const name of contract.filled) {
    const column = columns.get(name);
    if (column === undefined || ['bigint', 'integer', 'numeric'].includes(column.base)) continue;
    const text = `the column ${name} of ${table} is of type ${column.type}`;
    found.push(refused('column_type', text, `Sluice fills ${name} with a number: make it bigint`));
  }
  for (const field of contract.fields) {
    const column = columns.get(field.name);
    if (column !== undefined)
      found.push(...typeMisfits(field, column, table), ...nullMisfits(field, column, table));
  }
  for (const { name, notNull, filledByItself, always } of facts.columns) {
    if (wanted.includes(name) || !notNull || filledByItself || always) continue;
    const text = `the column ${name} of ${table} is NOT NULL without a default, and the feed has no such field`;
    found.push(refused('column_required', text, `add a field ${name}, or give the column a default`));
  }
  return found;
}

const NUMBERS = new Set(['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision', 'money']);
const TIMES = new Set(['date', 'timestamp without time zone', 'timestamp with time zone']);
const BOOLEAN = new Set(['boolean']);
const UUID = new Set(['uuid']);

/** What PostgreSQL would change without a word is refused; what it refuses itself, row by row, is only told. */
function typeMisfits(field: Field, column: FoundColumn, table: string): Misfit[] {
  const where = `${table}.${field.name}`;
  const { base, scale, length, type } = column;
  if (field.type === 'number' && scale !== null && (field.digits?.[1] ?? Number.POSITIVE_INFINITY) > scale) {
    const text = `${where} is of type ${type}, so PostgreSQL would round what has more than ${scale} digits after the point`;
    return [
      refused('column_rounds', text, `give the field "digits: [n, ${scale}]", or the column more digits`),
    ];
  }
  if (field.type === 'datetime' && ['date', 'time without time zone', 'time with time zone'].includes(base)) {
    const text = `${where} is of type ${type}, so PostgreSQL would cut a part of each ${field.type}`;
    return [refused('column_cuts', text, 'make the field a date, or the column timestamptz')];
  }
  if ((field.type === 'object' || field.type === 'array') && !['json', 'jsonb'].includes(base)) {
    const text = `the field ${field.name} is an ${field.type} of JSON, and ${where} is of type ${type}`;
    return [refused('column_type', text, 'make the column jsonb')];
  }
  if (field.type === 'string' && length !== null && (field.constraints.maxLength ?? length + 1) > length) {
    const text = `${where} takes ${length} characters, and PostgreSQL cuts spaces beyond them without a word`;
    return [warning('column_short', text, `give the field "constraints: { maxLength: ${length} }"`)];
  }
  return mayFit(field, base) ? [] : [doubt(field, where, type)];
}

/** Types whose values another type cannot be. PostgreSQL decides by each value, and types that are not built in by themselves. */
const NEVER: Readonly<Record<Field['type'], readonly ReadonlySet<string>[]>> = {
  string: [NUMBERS, TIMES, BOOLEAN],
  integer: [TIMES, BOOLEAN, UUID],
  number: [TIMES, BOOLEAN, UUID],
  boolean: [NUMBERS, TIMES, UUID],
  date: [NUMBERS, BOOLEAN, UUID],
  datetime: [NUMBERS, BOOLEAN, UUID],
  object: [],
  array: [],
};

function mayFit(field: Field, base: string): boolean {
  if (field.type === 'string' && field.format === 'email' && UUID.has(base)) return false;
  return !NEVER[field.type].some((types) => types.has(base));
}

/** A record without the value becomes a reject either way, but the feed's own reject says more. */
function nullMisfits(field: Field, { notNull, always }: FoundColumn, table: string): Misfit[] {
  if (!notNull || always || field.constraints.required || field.value !== undefined) return [];
  const text = `${table}.${field.name} is NOT NULL, and the field is not required`;
  return [warning('column_not_null', text, 'give the field "constraints: { required: true }"')];
}

function doubt({ name, type }: Field, where: string, columnType: string): Misfit {
  const text = `the field ${name} is a ${type}, and ${where} is of type ${columnType}`;
  return warning('column_type', text, 'PostgreSQL decides for each value; what it refuses becomes a reject');
}
