import type postgres from 'postgres';
import { conditionOf } from './conditions.ts';

type ServerError = postgres.PostgresError;

/** Classes in which the server speaks of itself, of names and of numbers. */
const OF_ITSELF = /^(08|25|28|3D|40|53|54|55|57|58|XX)/;
/** In these it quotes what cannot be found or used: a name in the text of the statement, or a value that a cast made a name. */
const OF_NAMES = /^(0A|42)/;
/** Of those, the ones that speak of tables and rights alone. */
const OF_RIGHTS = new Set(['42501', '42809', '42P10', '42P17']);
const OWN_GUARD = /^PL\/pgSQL function (?:\w+\.)?sluice_guard\(/;

/**
 * An error of the server in words that hold no value of a row (I10). What it says is repeated only where it cannot quote a
 * value; a trigger may say anything under any code. Otherwise the code and its name, and the names that the server gives.
 */
export function wordsOf(error: ServerError, kind: string): string {
  if (isNoPartition(error)) {
    return `PostgreSQL failed: ${coded(error)}${named(error)}: the table has no partition for a row. Nothing was loaded or rejected: make the partition, then try again`;
  }
  if (kind === 'data') return `PostgreSQL refused the values: ${coded(error)}${named(error)}`;
  if (isOfRule(error)) {
    return `PostgreSQL failed: SQLSTATE ${error.code}: ${error.message}. Sluice cannot insert through a rule: drop it, then try again`;
  }
  if (maySay(error)) return `PostgreSQL failed: SQLSTATE ${error.code}: ${error.message}`;
  return `PostgreSQL failed: ${coded(error)}${named(error)}${within(error)}`;
}

/** Whether an error's own words cannot hold a value of a row. */
function maySay(error: ServerError): boolean {
  const { code, where = '', position } = error;
  if (where !== '') return OWN_GUARD.test(where) && !where.includes('\n');
  if (OF_ITSELF.test(code) || OF_RIGHTS.has(code)) return true;
  // It has a position where it is about the statement's text, which holds parameters and no values.
  return OF_NAMES.test(code) && position !== undefined;
}

/** No partition takes a row. The server names the table and no constraint; a trigger that raises this code means the values. */
export function isNoPartition(error: ServerError): boolean {
  return error.code === '23514' && !error.constraint_name && !isRaised(error);
}

/** What rewrites a statement by the rules of its tables sees no values. */
const isOfRule = ({ code, file, where }: ServerError): boolean =>
  code === '0A000' && file === 'rewriteHandler.c' && !where;

const isRaised = ({ routine }: ServerError): boolean => routine === 'exec_stmt_raise';

function coded({ code }: ServerError): string {
  const condition = conditionOf(code);
  return `SQLSTATE ${code}${condition === undefined ? '' : ` (${condition})`}`;
}

/** A trigger that raises an error may fill these with anything as well. */
function named(error: ServerError): string {
  if (isRaised(error)) return '';
  const where = [error.table_name, error.column_name].filter(Boolean).join('.');
  const constraint = error.constraint_name ? ` constraint ${error.constraint_name}` : '';
  return `${constraint}${where && ` on ${where}`}`;
}

/** The function that the statement called last of all stands in the last line; the lines before may quote values. */
function within({ where = '' }: ServerError): string {
  if (where === '') return '';
  const [, name] = /^PL\/pgSQL function ([\w.]+)\(/.exec(where.split('\n').at(-1) ?? '') ?? [];
  const place = name === undefined ? 'a function or trigger' : `the function ${name}`;
  return `, in ${place}; what it says is not repeated, because it may hold values of rows`;
}
