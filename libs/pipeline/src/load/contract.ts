import type { Contract, ContractNo } from '@sluice/core';
import { contractOf, forContract, type Sql } from '@sluice/ledger';

/**
 * A session whose statements are those of this contract and its table; undefined when the ledger does not know the contract.
 *
 * @param no null: of versions that were registered before there were feeds
 */
export async function withContract(sql: Sql, no: ContractNo | null): Promise<Sql | undefined> {
  if (no === null) return sql;
  const found = await contractOf(sql, no);
  return found && forContract(sql, found.load.contract);
}

/** The contract of a session, with the table that its statements fill. */
export function contractIn({
  contract,
  eventsTable: table,
}: Pick<Sql, 'contract' | 'eventsTable'>): Contract {
  return { ...contract, table };
}
