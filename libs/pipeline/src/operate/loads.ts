import type { Contract, ContractNo, Load } from '@sluice/core';
import { contractOf, contractsInto, ledgerFeeds, type Sql } from '@sluice/ledger';
import { OperationRefused } from './operator.ts';

/** The contracts of the ledger, for operations on what was loaded by them. */
export class Loads {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** What a version was, or is to be, loaded by. */
  async of(contractNo: ContractNo | null): Promise<Load> {
    const found = await contractOf(this.#sql, contractNo);
    if (found === undefined) throw new Error(`the ledger has no contract ${contractNo}`);
    return found.load;
  }

  /** The active contract of a feed, with its number. */
  async active(feed: string): Promise<{ readonly contractNo: ContractNo; readonly load: Load }> {
    const found = (await ledgerFeeds(this.#sql)).find((one) => one.feed === feed);
    if (found === undefined) {
      throw new OperationRefused(
        `the ledger knows no feed ${JSON.stringify(feed)}`,
        'check the name; "npm run sluice -- feed list" shows the feeds',
      );
    }
    return { contractNo: found.contractNo, load: await this.of(found.contractNo) };
  }

  /** The contracts that fill the table of this one by the same key. */
  async into({ table, key }: Contract): Promise<ContractNo[]> {
    return await contractsInto(this.#sql, table, key);
  }
}

/** Two contracts with the same text fill one table by one key, and their rows tell in the same way where they came from. */
export function sameRows({ table, key, filled }: Contract): string {
  return JSON.stringify([table, key, filled]);
}
