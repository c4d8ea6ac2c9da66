import { fileNo } from '@sluice/core';
import { killPoint } from '@sluice/process';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { counts, strayQuotes, token, unseen } from '../columns.ts';
import { classify, PostgresFailure, rowsUnseen, tryAgainAtOnce } from '../failure.ts';
import { inTransaction, run, runForOne, type Session } from '../statements.ts';
import { forgetColumns, withColumns } from '../table/columns.ts';
import { readPayload } from './payload.ts';
import { partsOf } from './payload-form.ts';

const closedFile = z.object({
  fileNo,
  name: z.string(),
  token,
  changedAt: z.string().nullable(),
  ...counts,
  quarantine: z.string().nullable(),
  quarantineDetail: z.string().nullable(),
  strayQuotes: strayQuotes.nullable(),
  /** Seconds since the file landed. */
  seconds: z.number(),
});

/** A version that this commit has completed: every record is in the ledger now. */
export type ClosedFile = Readonly<z.output<typeof closedFile>>;

const committed = z.object({
  /** The chunks that this commit claimed; 0 when all were in the ledger already. */
  chunks: z.int(),
  ...counts,
  closed: z.array(closedFile),
});

export type Commit = Readonly<z.output<typeof committed>>;

export type Counts = Readonly<Pick<Commit, keyof typeof counts>>;

const NOTHING: Commit = {
  ...{ chunks: 0, records: 0, inserted: 0, duplicates: 0, conflicts: 0, rejects: 0 },
  closed: [],
};

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
  const attempt = () =>
    tryAgainAtOnce(async () => {
      try {
        return await inTransaction(sql, (session) => commitIn(session, batchId, payloads, takenAt));
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

const claim = z.object({ fileNo, firstLine: z.int(), /** Which of the payloads it is. */ at: z.int() });

/** Claims the chunks, loads the rows of those that nobody has claimed before, and books what came of them. */
async function commitIn(
  transaction: Session,
  batchId: string,
  payloads: readonly string[],
  takenAt: Date | null,
): Promise<Commit> {
  const session = await withColumns(transaction);
  const headers = payloads.map((payload) => partsOf(payload).header);
  const claimed = await run(session, 'commit/claim', claim, [listOf(headers), batchId]);
  if (claimed.length === 0) return NOTHING;
  const own = claimed.map(({ fileNo, firstLine, at }) => {
    const rows = readPayload(payloads[at] ?? '', session.contract).rows.parsed();
    return {
      header: headers[at] ?? '',
      chunk: JSON.stringify({ file_no: fileNo, first_line: firstLine, rows }),
    };
  });
  const { delta, counts, unseen } = await runForOne(session, 'commit/load', loaded, [
    listOf(own.map(({ chunk }) => chunk)),
  ]);
  const commit = await runForOne(session, 'commit/finish', committed, [
    listOf(own.map(({ header }) => header)),
    delta,
    unseen === null ? '[]' : await lateConflicts(session, unseen),
    counts,
    batchId,
    takenAt?.toISOString() ?? null,
  ]);
  killPoint('commit:in-transaction');
  return commit;
}

/** Values that are JSON texts already, as the text of an array. */
function listOf(texts: readonly string[]): string {
  return `[${texts.join(',')}]`;
}

const loaded = z.object({
  delta: z.string(),
  counts: z.string(),
  /** JSON of the duplicates whose other row the statement could not see. */
  unseen: z.string().nullable(),
});

const compared = z.object({ delta: z.string(), unseen });

/**
 * Compares the few duplicates whose other row was committed meanwhile, which this second statement can see. A row whose other row
 * is still not visible is no duplicate (I7).
 */
async function lateConflicts(session: Session, duplicates: string): Promise<string> {
  const { delta, unseen } = await runForOne(session, 'commit/late-conflicts', compared, [duplicates]);
  if (unseen !== null) throw rowsUnseen(session.eventsTable, unseen);
  return delta;
}
