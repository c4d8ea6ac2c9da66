import { killPoint } from '@sluice/process';
import { z } from 'zod';
import { runForOne, type Session } from '../statements.ts';
import { withColumns } from '../table/columns.ts';
import { claimChunks } from './claim.ts';
import { noteConflicts } from './conflicts.ts';
import { type Batch, type Commit, finish, listOf, NOTHING } from './finish.ts';
import { inOrder, offerOf } from './offer.ts';
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
  const payloads = claimed.map(({ at }) => batch.payloads[at] ?? '');
  const orders = ordersOf(payloads, session);
  const own = claimed.map(({ fileNo, firstLine }, nth) => {
    const payload = payloads[nth] ?? '';
    const parsed = readWhole(payload, session.contract).rows.parsed();
    const rows = parsed.map((row, i) => ({ ...row, sluice_order: orders?.[nth]?.[i] ?? null }));
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

/**
 * The places of the rows of each payload in the order in which a COPY writes them. The order of their values differs: 9 comes before 10,
 * and a collation has its own. Undefined where the payloads cannot be copied.
 */
function ordersOf(payloads: readonly string[], session: Session): readonly number[][] | undefined {
  const offer = offerOf(payloads, session);
  const keys = new Set(offer?.chunks.flatMap((chunk) => chunk.keys));
  const places = new Map(inOrder(keys).map((key, place) => [key, place]));
  return offer?.chunks.map((chunk) => chunk.keys.map((key) => places.get(key) ?? 0));
}
