import type { Contract } from '@sluice/core';
import { isStagedChunk, type Refused, refuseRows, rowsOf } from '@sluice/ledger';
import { type InsertJob, type OpenBatch, refOf } from '@sluice/staging';

/** A batch to be committed, and the rows of it that an operator rejects. */
export type OrderedBatch = OpenBatch & Pick<InsertJob, 'leaveOut'>;

/**
 * Turns the rows that an operator rejects into rejects of their chunks. What is staged does not change: the commit that claims a chunk
 * writes its rejects (I2), so a row is rejected once, whoever ordered it how often (I3). A chunk keeps its number of records (I1).
 */
export function leaveOut(
  payloads: ReadonlyMap<string, string>,
  { chunks, leaveOut = [] }: OrderedBatch,
  contract: Contract,
): Map<string, string> {
  const kept = new Map(payloads);
  for (const chunk of leaveOut.length === 0 ? [] : chunks) {
    const payload = payloads.get(refOf(chunk));
    const own = new Map(
      leaveOut.filter(({ fileNo }) => fileNo === chunk.fileNo).map((row) => [row.line, row] as const),
    );
    if (payload === undefined || own.size === 0 || !isStagedChunk(payload, chunk, contract)) continue;
    const refused = rowsOf(payload, contract).flatMap(({ row }, index): Refused[] => {
      const why = own.get(row.sluice_line);
      return why === undefined ? [] : [{ index, ...why }];
    });
    if (refused.length > 0) kept.set(refOf(chunk), refuseRows(payload, refused, contract));
  }
  return kept;
}
