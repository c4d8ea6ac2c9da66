import type { EventRow } from '@sluice/core';
import type { TransactionSql } from 'postgres';
import type { Sql } from './client.ts';
import { PostgresFailure, rowsUnseen, tryAgainAtOnce, UNSEEN } from './failure.ts';
import { run } from './statements.ts';

/** Why PostgreSQL refuses one row. */
export interface Refusal {
  readonly sqlstate: string;
  readonly constraint: string | null;
  readonly column: string | null;
}

/** Thrown to leave a transaction that was only tried. */
const TRIED = Symbol('tried');

/**
 * Finds the rows that PostgreSQL refuses for their data, by trying them in savepoints and rolling everything back.
 * What it refuses is halved until the bad rows are alone; what it takes stays for the rest of the trial, so that rows
 * that are good alone but not together are found too. Returns index of the row -> why.
 *
 * @param o.anyFailure also rows that the table drops or hides (SL002), and what is no fault of the data, such as a permission or a trigger's own error
 */
export async function findRefusedRows(
  sql: Sql,
  rows: readonly EventRow[],
  { anyFailure = false }: { readonly anyFailure?: boolean } = {},
): Promise<Map<number, Refusal>> {
  return await tryAgainAtOnce(() => tryAll(sql, rows, anyFailure));
}

async function tryAll(
  sql: Sql,
  rows: readonly EventRow[],
  anyFailure: boolean,
): Promise<Map<number, Refusal>> {
  const refused = new Map<number, Refusal>();
  try {
    await sql.begin(async (transaction) => {
      await transaction`SET CONSTRAINTS ALL IMMEDIATE`;
      await sift(transaction, { eventsTable: sql.eventsTable, anyFailure }, rows, 0, refused);
      throw TRIED;
    });
  } catch (reason) {
    if (reason !== TRIED) throw reason;
  }
  return refused;
}

async function sift(
  transaction: TransactionSql<{ bigint: number }>,
  how: { readonly eventsTable: string; readonly anyFailure: boolean },
  rows: readonly EventRow[],
  offset: number,
  refused: Map<number, Refusal>,
): Promise<void> {
  if (rows.length === 0) return;
  try {
    await transaction.savepoint(async (savepoint) => {
      const session = Object.assign(savepoint, { eventsTable: how.eventsTable });
      await run(session, 'try-rows', [JSON.stringify(rows)]);
      const [unseen] = await run<{ rows: number }>(session, 'unseen-rows', [JSON.stringify(rows)]);
      if (unseen !== undefined && unseen.rows > 0) throw rowsUnseen(how.eventsTable, unseen);
    });
  } catch (error) {
    const takes = how.anyFailure ? ['data', 'fault'] : ['data'];
    if (!(error instanceof PostgresFailure)) throw error;
    const isUnseen = how.anyFailure && error.sqlstate === UNSEEN;
    if (!takes.includes(error.kind) && !isUnseen) throw error;
    const { sqlstate, constraint, column } = error;
    if (rows.length === 1) {
      refused.set(offset, { sqlstate, constraint, column });
      return;
    }
    const middle = Math.ceil(rows.length / 2);
    await sift(transaction, how, rows.slice(0, middle), offset, refused);
    await sift(transaction, how, rows.slice(middle), offset + middle, refused);
  }
}
