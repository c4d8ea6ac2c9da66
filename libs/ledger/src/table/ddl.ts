import type { Contract, Field } from '@sluice/core';
import type { Sql } from '../client.ts';
import { forContract } from '../statements.ts';
import { type TableFacts, tableFacts } from './facts.ts';

/** The statement that makes a table for a contract, written for people to read. */
export function createTable(contract: Contract): string {
  const { table, fields, filled, key } = contract;
  const columns = [
    ...fields.map((field) => ({ name: field.name, type: typeFor(field), notNull: isRequired(field, key) })),
    ...filled.map((name) => ({ name, type: 'bigint', notNull: true })),
  ];
  const width = Math.max(...columns.map(({ name }) => nameOf(name).length));
  const typeWidth = Math.max(...columns.map(({ type }) => type.length));
  const lines = columns.map(({ name, type, notNull }) =>
    `  ${nameOf(name).padEnd(width)}  ${notNull ? `${type.padEnd(typeWidth)} NOT NULL` : type}`.trimEnd(),
  );
  lines.push(`  PRIMARY KEY (${key.map(nameOf).join(', ')})`);
  return `CREATE TABLE ${tableNameOf(table)} (\n${lines.join(',\n')}\n);`;
}

/** The statement that adds one column of a contract to a table. */
export function addColumn({ table, fields }: Contract, name: string): string {
  const field = fields.find((one) => one.name === name);
  // What is no field is a column that Sluice fills.
  const type = field === undefined ? 'bigint' : typeFor(field);
  return `ALTER TABLE ${tableNameOf(table)} ADD COLUMN ${nameOf(name)} ${type};`;
}

/**
 * What would make the table fit a contract, for a person to read and run: Sluice runs none of it. A column is only ever made wider.
 * A required column is added without NOT NULL, because the rows that are there have no value for it.
 */
export async function changeTable(sql: Sql, contract: Contract): Promise<string[]> {
  const facts = await tableFacts(forContract(sql, contract));
  if (facts !== undefined) return changesOf(contract, facts);
  const schema = contract.table.split('.').at(-2);
  const made = schema === undefined ? [] : [`CREATE SCHEMA IF NOT EXISTS ${nameOf(schema)};`];
  return [...made, createTable(contract)];
}

function changesOf(contract: Contract, facts: TableFacts): string[] {
  const { table, fields, filled, key } = contract;
  const there = new Map(facts.columns.map((column) => [column.name, column]));
  const added = [...fields.map(({ name }) => name), ...filled]
    .filter((name) => !there.has(name))
    .map((name) => addColumn(contract, name));
  const widened = fields.flatMap((field) => {
    const column = there.get(field.name);
    const wider = column && widerType(field, column);
    if (wider === undefined) return [];
    return [`ALTER TABLE ${tableNameOf(table)} ALTER COLUMN ${nameOf(field.name)} TYPE ${wider};`];
  });
  const indexed = facts.indexes.some(
    ({ columns, valid, immediate, partial, expression }) =>
      valid &&
      immediate &&
      !partial &&
      !expression &&
      columns.length === key.length &&
      columns.every((name) => key.includes(name)),
  );
  const index = `CREATE UNIQUE INDEX ON ${tableNameOf(table)} (${key.map(nameOf).join(', ')});`;
  return [...added, ...widened, ...(indexed ? [] : [index])];
}

function widerType(
  field: Field,
  { base, length, scale, type }: TableFacts['columns'][number],
): string | undefined {
  const { maxLength } = field.constraints;
  if (field.type === 'string' && length !== null && maxLength !== length) {
    if (maxLength === undefined) return 'text';
    return maxLength > length ? `varchar(${maxLength})` : undefined;
  }
  if (field.type === 'integer' && (base === 'smallint' || base === 'integer')) {
    const { maximum } = field.constraints;
    const enough = base === 'integer' ? 2_147_483_647 : 32_767;
    return typeof maximum === 'number' && maximum <= enough ? undefined : 'bigint';
  }
  if (field.type === 'number' && scale !== null) {
    if (field.digits === undefined) return 'numeric';
    const precision = Number(/\((\d+)/.exec(type)?.[1] ?? 0);
    const [before, after] = field.digits;
    const isWide = after <= scale && before <= precision - scale;
    const [p, s] = [Math.max(before, precision - scale), Math.max(after, scale)];
    return isWide ? undefined : `numeric(${p + s}, ${s})`;
  }
  return undefined;
}

function isRequired({ name, constraints, value }: Field, key: readonly string[]): boolean {
  return constraints.required === true || value !== undefined || key.includes(name);
}

function typeFor(field: Field): string {
  switch (field.type) {
    case 'string':
      if (field.format === 'uuid') return 'uuid';
      return field.constraints.maxLength === undefined ? 'text' : `varchar(${field.constraints.maxLength})`;
    case 'integer':
      return 'bigint';
    case 'number': {
      if (field.digits === undefined) return 'numeric';
      const [before, after] = field.digits;
      return `numeric(${before + after}, ${after})`;
    }
    case 'boolean':
      return 'boolean';
    case 'object':
    case 'array':
      return 'jsonb';
    case 'date':
      return 'date';
    case 'datetime':
      return 'timestamptz';
  }
}

/** The name of a table as SQL. */
export function tableNameOf(table: string): string {
  return table.split('.').map(nameOf).join('.');
}

/** Reserved in PostgreSQL 15 to 18: they cannot be the name of a column or table without quotes. */
const RESERVED = new Set(
  `all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation column
   concurrently constraint create cross current_catalog current_date current_role current_schema current_time
   current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze from full
   grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit localtime
   localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references returning right
   select session_user similar some symmetric system_user table tablesample then to trailing true union unique user using
   variadic verbose when where window with`.split(/\s+/),
);

/** A name as SQL, quoted only where that is needed. */
export function nameOf(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !RESERVED.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
