import type { Contract } from '@sluice/core';
import type { Sql } from '../client.ts';
import { classify } from '../failure.ts';
import { nameOf, tableNameOf } from './ddl.ts';

/** The rights on its table that a role needs to load, compare and undo the rows of a contract. */
export function grantsFor({ table }: Contract, role: string): string[] {
  const schema = table.split('.').at(-2);
  return [
    ...(schema === undefined ? [] : [`GRANT USAGE ON SCHEMA ${nameOf(schema)} TO ${nameOf(role)};`]),
    `GRANT SELECT, INSERT, DELETE ON ${tableNameOf(table)} TO ${nameOf(role)};`,
  ];
}

/**
 * Runs the statements that make a table, all or none. They are those of `changeTable` and {@link grantsFor}, as a person has seen them.
 */
export async function makeTable(sql: Sql, statements: readonly string[]): Promise<void> {
  try {
    await sql.begin(async (transaction) => {
      for (const statement of statements) await transaction.unsafe(statement);
    });
  } catch (error) {
    throw classify(error);
  }
}
