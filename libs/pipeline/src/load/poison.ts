import { findRefusedRows, type Refused, refuseRows, rowsOf } from '@sluice/ledger';
import type { Stores } from '../stores.ts';

/**
 * Turns the rows that PostgreSQL refuses for their data into rejects, so that one poison row does not hold up the others (I9).
 * The chunks keep their spans and their number of records: they are committed once, as a whole (I1, I2).
 * Returns undefined when no single row is the cause.
 */
export async function setPoisonAside(
  payloads: readonly string[],
  { sql }: Pick<Stores, 'sql'>,
): Promise<string[] | undefined> {
  const rows = payloads.map((payload) => rowsOf(payload, sql.contract));
  const refused = await findRefusedRows(sql, rows.flat());
  if (refused.size === 0) return undefined;
  let offset = 0;
  return payloads.map((payload, i) => {
    const count = rows[i]?.length ?? 0;
    const own: Refused[] = [];
    for (let at = 0; at < count; at += 1) {
      const refusal = refused.get(offset + at);
      if (refusal !== undefined) own.push({ index: at, ...refusal });
    }
    offset += count;
    return own.length === 0 ? payload : refuseRows(payload, own, sql.contract);
  });
}
