import { contractNo, fileNo } from '@sluice/core';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { contractOf } from '../feeds/contracts.ts';
import { patiently, run, type Session } from '../statements.ts';

const problem = z.object({
  problem: z.enum([
    'unbalanced',
    'detail_differs',
    'incomplete',
    'gap',
    'open',
    'unregistered',
    'table_differs',
    'table_unreadable',
  ]),
  fileNo: fileNo.nullable(),
  name: z.string().nullable(),
  detail: z.string(),
});
type Problem = Readonly<z.output<typeof problem>>;

/** `why`: `missing`, `changed` or `unreadable`; null of a version from before the ledger kept it. */
const goneFile = z.object({ fileNo, name: z.string(), records: z.int(), why: z.string().nullable() });

/** The proof of I1: everything that does not add up, and the files that were gone, or could not be read, when their turn came. */
export interface Proof {
  readonly problems: readonly Problem[];
  readonly gone: readonly Readonly<z.output<typeof goneFile>>[];
}

/** Proves I1 for one feed or for all: the ledger in itself, and each table against it. */
export async function verify(sql: Sql, feed: string | null = null): Promise<Proof> {
  // All statements use one snapshot and no time limit, because they read whole tables.
  const prove = async (session: Session) => ({
    problems: [
      ...(await run(session, 'read/verify', problem, [feed])),
      ...(await tableProblems(sql, session, feed)),
    ],
    gone: await run(session, 'read/gone-files', goneFile, [feed]),
  });
  return await patiently(sql, prove, 'ISOLATION LEVEL REPEATABLE READ READ ONLY');
}

const filledTable = z.object({ feed: z.string(), contractNo, readable: z.boolean() });
const differing = z.object({
  fileNo: fileNo.nullable().default(null),
  name: z.string().nullable().default(null),
  detail: z.string(),
});

/**
 * Compares the tables with the ledger. Of a table that others may fill too, only the rows that name their file can be compared; if
 * rows do not name it, nothing can.
 */
async function tableProblems(sql: Sql, session: Session, feed: string | null): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const filled of await run(session, 'read/filled-tables', filledTable, [feed])) {
    const contract = (await contractOf(sql, filled.contractNo))?.load.contract;
    if (contract === undefined) continue;
    const { table, exclusive } = contract;
    const of = `${table} (feed ${filled.feed})`;
    if (!filled.readable) {
      const detail = `${of}: the table is not there, or this role may not read it`;
      problems.push({ problem: 'table_unreadable', fileNo: null, name: null, detail });
      continue;
    }
    if (!exclusive && !contract.filled.includes('sluice_file')) continue;
    const statement = exclusive ? 'read/verify-exclusive' : 'read/verify-by-file';
    const ofTable = { unsafe: session.unsafe, options: session.options, eventsTable: table, contract };
    for (const { detail, ...file } of await run(ofTable, statement, differing, [table]))
      problems.push({ problem: 'table_differs', ...file, detail: `${of}: ${detail}` });
  }
  return problems;
}
