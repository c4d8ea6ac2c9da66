import type { FileNo, ParsedRow } from '@sluice/core';
import type { TransactionSql } from 'postgres';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { classify, kindOf, PostgresFailure, rowsUnseen, tryAgainAtOnce, UNSEEN } from '../failure.ts';
import { execute, inTransaction, type Session, sessionOf } from '../statements.ts';
import { withColumns } from '../table/columns.ts';
import type { Refusal } from './refused-record.ts';

/** A row and the file version that it is of. */
export interface PlacedRow {
  readonly fileNo: FileNo;
  readonly row: ParsedRow;
}

/** Thrown to roll back a transaction that was only a trial. */
const TRIED = Symbol('tried');

const tried = z.array(
  z.object({
    at: z.int(),
    sqlstate: z.string(),
    constraint: z.string().nullable(),
    column: z.string().nullable(),
  }),
);

/**
 * Finds the rows that PostgreSQL refuses because of their data, by trying each in a transaction that is rolled back. Returns
 * the refusals by index of the row.
 *
 * @param o.anyFailure also finds rows that the table drops or hides (SL002), and failures that are not the data's fault, such
 * as a missing permission or an error of a trigger
 * @throws {PostgresFailure} for any other failure
 */
export async function findRefusedRows(
  sql: Sql,
  rows: readonly PlacedRow[],
  { anyFailure = false }: { readonly anyFailure?: boolean } = {},
): Promise<Map<number, Refusal>> {
  return await tryAgainAtOnce(() => tryAll(sql, rows, anyFailure));
}

async function tryAll(
  sql: Sql,
  rows: readonly PlacedRow[],
  anyFailure: boolean,
): Promise<Map<number, Refusal>> {
  const refused = new Map<number, Refusal>();
  try {
    await inTransaction(sql, async (transaction) => {
      const session = await withColumns(transaction);
      const texts = rows.map(({ fileNo, row }) => JSON.stringify({ ...row, sluice_file: fileNo }));
      const failed = await tryEach(session, texts);
      const unseen = failed.filter(({ sqlstate }) => sqlstate === UNSEEN).length;
      if (unseen > 0 && !anyFailure) throw rowsUnseen(sql.eventsTable, { rows: unseen });
      for (const { at, ...refusal } of failed) {
        if (await isRefusal(session, texts[at], refusal, anyFailure)) refused.set(at, refusal);
      }
      throw TRIED;
    });
  } catch (reason) {
    if (reason !== TRIED) throw reason;
  }
  return refused;
}

async function tryEach(session: Session, rows: readonly string[]): Promise<z.infer<typeof tried>> {
  try {
    await session.unsafe('SET CONSTRAINTS ALL IMMEDIATE');
    await session.unsafe("SELECT set_config('sluice.rows', $1, true)", [`[${rows.join(',')}]`]);
    await execute(session, 'commit/try-rows');
    const [found] = await session.unsafe("SELECT current_setting('sluice.refused') AS refused");
    return tried.parse(JSON.parse(found?.refused));
  } catch (error) {
    throw classify(error);
  }
}

/** Whether the failure is the row's fault. If its code does not tell, the row is tried again to get the server's whole error. */
async function isRefusal(
  transaction: TransactionSql<{ bigint: number }> & Session,
  row = '',
  { sqlstate, constraint }: Refusal,
  anyFailure: boolean,
): Promise<boolean> {
  const takes = anyFailure ? ['data', 'fault'] : ['data'];
  const mayBeNoPartition = sqlstate === '23514' && constraint === null;
  if (sqlstate === UNSEEN || (takes.includes(kindOf(sqlstate)) && !(mayBeNoPartition && !anyFailure)))
    return true;
  try {
    await transaction.savepoint(async (savepoint) => {
      const session = sessionOf(savepoint, transaction);
      await execute(session, 'commit/try-row', [row]);
    });
    return false;
  } catch (error) {
    if (!(error instanceof PostgresFailure) || !takes.includes(error.kind)) throw error;
    return true;
  }
}
