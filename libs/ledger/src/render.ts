import { type Contract, columnsOf, contentOf, type Field, type Kind } from '@sluice/core';

/** The SQL type of each kind of field, and whether it is read as text so that JavaScript does not change its value. */
const TYPES: Readonly<Record<Kind['type'], { readonly sql: string; readonly asText: boolean }>> = {
  uuid: { sql: 'UUID', asText: true },
  text: { sql: 'TEXT', asText: false },
  timestamp: { sql: 'TIMESTAMP', asText: true },
  integer: { sql: 'INT', asText: false },
  decimal: { sql: 'NUMERIC', asText: true },
};

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
    recordset: () => contract.fields.map(({ name, type }) => `${column(name)} ${TYPES[type].sql}`).join(', '),
    shown: () => contract.fields.map(shown).join(', '),
    key: () => column(contract.key),
    time: () => column(contract.time),
    count_by: () => column(contract.countBy),
    part: (name = '') => rendered(part(name).trim(), contract, part),
  };
  const marks = new RegExp(`(?<![:\\w]):(${Object.keys(of).join('|')})\\b(?:\\((\\w+)\\))?`, 'g');
  return statement.replaceAll(
    marks,
    (_, mark: string, argument: string | undefined) => of[mark]?.(argument) ?? '',
  );
}

function shown({ name, type }: Field): string {
  return TYPES[type].asText ? `${column(name)}::text` : column(name);
}

/** A column as SQL. A contract's names have only letters, digits and underscores, and are quoted as one may be a reserved word. */
function column(name: string, alias?: string): string {
  return alias === undefined ? `"${name}"` : `${alias}."${name}"`;
}
