import { killPoint } from '@sluice/process';
import { z } from 'zod';
import { runForOne, type Session } from '../statements.ts';
import { withColumns } from '../table/columns.ts';
import { claimChunks } from './claim.ts';
import { noteConflicts } from './conflicts.ts';
import { type Batch, type Commit, finish, listOf, NOTHING } from './finish.ts';
import { readWhole } from './payload.ts';
import { partsOf } from './payload-form.ts';

const loaded = z.object({
  delta: z.string(),
  counts: z.string(),
  /** JSON of the duplicates whose other row the statement could not see. */
  unseen: z.string().nullable(),
});

/**
 * Commits a batch by one statement that inserts its rows and compares those whose key is there. It takes any table and any mixture of
 * keys, and is dearer than a COPY.
 */
export async function commitByInsert(transaction: Session, batch: Batch): Promise<Commit> {
  const session = await withColumns(transaction);
  const claimed = await claimChunks(session, [batch]);
  if (claimed.length === 0) return NOTHING;
  const own = claimed.map(({ fileNo, firstLine, at }) => {
    const payload = batch.payloads[at] ?? '';
    const rows = readWhole(payload, session.contract).rows.parsed();
    return { payload, chunk: JSON.stringify({ file_no: fileNo, first_line: firstLine, rows }) };
  });
  const { delta, counts, unseen } = await runForOne(session, 'commit/load', loaded, [
    listOf(own.map(({ chunk }) => chunk)),
  ]);
  const commit = await finish(session, [batch], {
    headers: own.map(({ payload }) => partsOf(payload).header),
    deltas: delta,
    // Few rows: their other row was committed meanwhile.
    conflicts: unseen === null ? '[]' : await noteConflicts(session, unseen),
    counts,
  });
  killPoint('commit:in-transaction');
  return commit;
}
