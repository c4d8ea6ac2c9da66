import type { Sql } from '../client.ts';
import { classify, PostgresFailure, tryAgainAtOnce } from '../failure.ts';
import { inTransaction, sessionOf } from '../statements.ts';
import { forgetColumns, withColumns } from '../table/columns.ts';
import { commitByCopy, NotPlain } from './by-copy.ts';
import { commitByInsert } from './by-insert.ts';
import { type Batch, type Commit, payloadsOf } from './finish.ts';
import { offerOf } from './offer.ts';

/**
 * Commits a micro-batch of staged chunks, all together (I2) and each at most once (I3).
 *
 * @param takenAt when the chunks were taken from staging
 * @throws {PostgresFailure} with SL002 when the table drops or hides a row, so that the other row of a duplicate is not found
 */
export async function commitBatch(
  sql: Sql,
  batchId: string,
  payloads: readonly string[],
  takenAt: Date | null = null,
): Promise<Commit> {
  const batch = { id: batchId, payloads, takenAt };
  return (await commitTogether(sql, [batch])) ?? (await inserted(sql, batch));
}

/** How often rows are copied before they are inserted, when other commits bring in their keys at the same moment. */
const TRIES = 5;

/**
 * Commits batches of one contract in one transaction, by a COPY. Undefined: nothing is committed, and each must be committed alone, which
 * inserts the rows and tells what is wrong with them.
 *
 * @throws {PostgresFailure} when PostgreSQL is away, or somebody has held a lock for too long
 */
export async function commitTogether(sql: Sql, batches: readonly Batch[]): Promise<Commit | undefined> {
  const { unsafe, options, eventsTable, contract } = sql;
  const table = await withColumns({ unsafe, options, eventsTable, contract });
  const offer = table.takesCopy ? offerOf(payloadsOf(batches), table) : undefined;
  if (offer === undefined) return undefined;
  for (let [attempt, known] = [1, -1]; attempt <= TRIES; attempt += 1) {
    const before = known;
    try {
      return await inTransaction(sql, (transaction) =>
        commitByCopy(sessionOf(transaction, table), batches, offer, (now) => {
          known = now;
        }),
      );
    } catch (reason) {
      const failure = classify(reason);
      if (failure instanceof NotPlain) forgetColumns(sql);
      else if (!(failure instanceof PostgresFailure) || isOver(failure)) throw failure;
      // Where the table has no more keys than at the last look, two rows have keys that differ only as text, or another index refuses one.
      const looksAgain =
        failure instanceof PostgresFailure &&
        (failure.kind === 'conflict' || (failure.sqlstate === UNIQUE && known > before));
      if (!looksAgain) return undefined;
    }
  }
  return undefined;
}

const UNIQUE = '23505';

/** An INSERT would not do better: the server is away, or somebody has held a lock for as long as a statement waits. */
function isOver({ kind, sqlstate }: PostgresFailure): boolean {
  return kind === 'outage' || ['57014', '55P03'].includes(sqlstate);
}

async function inserted(sql: Sql, batch: Batch): Promise<Commit> {
  const attempt = () =>
    tryAgainAtOnce(async () => {
      try {
        return await inTransaction(sql, (session) => commitByInsert(session, batch));
      } catch (error) {
        throw classify(error);
      }
    });
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof PostgresFailure) || !['data', 'fault'].includes(error.kind)) throw error;
    forgetColumns(sql);
    // The statement does not go with the table, which may have changed since its columns were read.
    if (error.sqlstate.startsWith(STATEMENT)) return await attempt();
    throw error;
  }
}

/** The class of errors that are about a statement and not about values. */
const STATEMENT = '42';
