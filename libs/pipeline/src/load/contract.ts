import type { ContractNo } from '@sluice/core';
import { contractOf, forContract, type Sql } from '@sluice/ledger';

/**
 * A session whose statements are those of this contract and its table.
 *
 * @param no null: of versions that were registered before there were feeds
 */
export async function withContract(sql: Sql, no: ContractNo | null): Promise<Sql> {
  if (no === null) return sql;
  const found = await contractOf(sql, no);
  if (found === undefined) throw new Error(`the ledger has no contract ${no}: it has lost what was pinned`);
  return forContract(sql, found.load.contract);
}
