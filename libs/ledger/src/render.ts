import { type Contract, columnsOf, contentOf, type Field } from '@sluice/core';

/** The SQL type of each type of field, and whether it is read as text so that JavaScript does not change its value. */
const TYPES: Readonly<Record<Field['type'], { readonly sql: string; readonly asText: boolean }>> = {
  string: { sql: 'TEXT', asText: false },
  integer: { sql: 'BIGINT', asText: false },
  number: { sql: 'NUMERIC', asText: true },
  boolean: { sql: 'BOOLEAN', asText: false },
  date: { sql: 'DATE', asText: true },
  datetime: { sql: 'TIMESTAMP', asText: true },
};

function typeOf(field: Field): (typeof TYPES)[Field['type']] {
  return field.type === 'string' && field.format === 'uuid'
    ? { sql: 'UUID', asText: true }
    : TYPES[field.type];
}

/**
 * A statement with its marks replaced from a contract. Marks for lists of columns are `:columns`, `:content` (all but the key),
 * `:recordset` (with types) and `:shown` (as they are read); the first two also take an alias, as in `:columns(row)`. Marks for
 * one column are `:key`, `:time` and `:count_by`. `:part(load)` is the text that `part` gives for it, with its own marks replaced.
 */
export function rendered(statement: string, contract: Contract, part: (name: string) => string): string {
  const of: Readonly<Record<string, (argument: string | undefined) => string>> = {
    columns: (alias) =>
      columnsOf(contract)
        .map((name) => column(name, alias))
        .join(', '),
    content: (alias) =>
      contentOf(contract)
        .map(({ name }) => column(name, alias))
        .join(', '),
    recordset: () => contract.fields.map((field) => `${column(field.name)} ${typeOf(field).sql}`).join(', '),
    shown: () => contract.fields.map(shown).join(', '),
    key: () => contract.key.map((name) => column(name)).join(', '),
    time: () => (contract.time === null ? 'NULL' : column(contract.time)),
    count_by: () => (contract.countBy === null ? 'NULL' : column(contract.countBy)),
    part: (name = '') => rendered(part(name).trim(), contract, part),
  };
  const marks = new RegExp(`(?<![:\\w]):(${Object.keys(of).join('|')})\\b(?:\\((\\w+)\\))?`, 'g');
  return statement.replaceAll(
    marks,
    (_, mark: string, argument: string | undefined) => of[mark]?.(argument) ?? '',
  );
}

function shown(field: Field): string {
  return typeOf(field).asText ? `${column(field.name)}::text` : column(field.name);
}

/** A column as SQL. A contract's names have only letters, digits and underscores, and are quoted as one may be a reserved word. */
function column(name: string, alias?: string): string {
  return alias === undefined ? `"${name}"` : `${alias}."${name}"`;
}
