import type postgres from 'postgres';
import { conditionOf } from './conditions.ts';

type ServerError = postgres.PostgresError;

/** Classes whose messages are about the server itself and contain only names and numbers. */
const OF_ITSELF = /^(08|25|28|3D|40|53|54|55|57|58|XX)/;
/** Classes whose messages quote what cannot be found or used: a name in the statement, or a value that was cast to a name. */
const OF_NAMES = /^(0A|42)/;
/** The codes of those classes whose messages are only about tables and rights. */
const OF_RIGHTS = new Set(['42501', '42809', '42P10', '42P17']);
const OWN_GUARD = /^PL\/pgSQL function (?:\w+\.)?sluice_guard\(/;

/**
 * The text for an error of the server, without any value of a row (I10). The server's message is repeated only if it cannot
 * quote a value; a trigger may say anything under any code. Otherwise the text gives the code, its name and the names that
 * the server gives.
 */
export function wordsOf(error: ServerError, kind: string): string {
  if (isNoPartition(error)) {
    return `PostgreSQL failed: ${coded(error)}${named(error)}: the table has no partition for a row. Nothing was loaded or rejected: make the partition, then try again (a failed batch: npm run sluice -- retry)`;
  }
  if (kind === 'data') return `PostgreSQL refused the values: ${coded(error)}${named(error)}`;
  if (isOfRule(error)) {
    return `PostgreSQL failed: SQLSTATE ${error.code}: ${error.message}. Sluice cannot insert through a rule: drop it, then try again (a failed batch: npm run sluice -- retry)`;
  }
  if (maySay(error)) return `PostgreSQL failed: SQLSTATE ${error.code}: ${error.message}`;
  return `PostgreSQL failed: ${coded(error)}${named(error)}${within(error)}`;
}

/** Whether the message of an error cannot contain a value of a row. */
function maySay(error: ServerError): boolean {
  const { code, where = '', position } = error;
  if (where !== '') return OWN_GUARD.test(where) && !where.includes('\n');
  if (OF_ITSELF.test(code) || OF_RIGHTS.has(code)) return true;
  // An error with a position is about the statement's text, which contains parameters and no values.
  return OF_NAMES.test(code) && position !== undefined;
}

/** No partition takes a row. The server then names no constraint. A trigger that raises the same code means the values. */
export function isNoPartition(error: ServerError): boolean {
  return error.code === '23514' && !error.constraint_name && !isRaised(error);
}

/** The error comes from PostgreSQL's rewriting of statements by the rules of tables, which sees no values. */
const isOfRule = ({ code, file, where }: ServerError): boolean =>
  code === '0A000' && file === 'rewriteHandler.c' && !where;

const isRaised = ({ routine }: ServerError): boolean => routine === 'exec_stmt_raise';

function coded({ code }: ServerError): string {
  const condition = conditionOf(code);
  return `SQLSTATE ${code}${condition === undefined ? '' : ` (${condition})`}`;
}

/** The names that an error gives. They are left out for an error that a trigger raised, which may put anything in them. */
function named(error: ServerError): string {
  if (isRaised(error)) return '';
  const where = [error.table_name, error.column_name].filter(Boolean).join('.');
  const constraint = error.constraint_name ? ` constraint ${error.constraint_name}` : '';
  return `${constraint}${where && ` on ${where}`}`;
}

/** The function that the statement itself called. It is in the last line; the lines before may quote values. */
function within({ where = '' }: ServerError): string {
  if (where === '') return '';
  const [, name] = /^PL\/pgSQL function ([\w.]+)\(/.exec(where.split('\n').at(-1) ?? '') ?? [];
  const place = name === undefined ? 'a function or trigger' : `the function ${name}`;
  return `, in ${place}; what it says is not repeated, because it may hold values of rows`;
}
