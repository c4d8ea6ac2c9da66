import type { Contract } from '@sluice/core';
import type { Sql } from '../client.ts';
import { forContract } from '../statements.ts';
import { rememberColumns } from './columns.ts';
import { type TableFacts, tableFacts } from './facts.ts';
import { columnMisfits } from './fit-columns.ts';
import { indexMisfits } from './fit-index.ts';
import { type Fitting, type Misfit, refused, warning } from './misfit.ts';

/** Compares a contract with its table. It asks the catalog once, and the next commits go by what it finds. */
export async function checkFit(sql: Sql, contract: Contract): Promise<Misfit[]> {
  const session = forContract(sql, contract);
  const facts = await tableFacts(session);
  rememberColumns(session, facts);
  return misfitsOf(contract, facts);
}

function misfitsOf(contract: Contract, facts: TableFacts | undefined): Misfit[] {
  const { table } = contract;
  if (facts === undefined) {
    return [
      refused('table_missing', `there is no table ${table}`, '"feed apply" makes it; "feed plan" shows how'),
    ];
  }
  const { schema, kind } = facts;
  if (!facts.mayEnter) {
    const text = `this role may not use the schema ${schema}`;
    return [refused('right_missing', text, `GRANT USAGE ON SCHEMA ${schema} TO this role`)];
  }
  if (kind in KINDS) {
    return [
      refused('no_table', `${table} is ${KINDS[kind]}`, 'name the table behind it: Sluice fills tables only'),
    ];
  }
  const of = { contract, facts, columns: new Map(facts.columns.map((column) => [column.name, column])) };
  return [
    ...tableMisfits(of),
    ...columnMisfits(of),
    ...indexMisfits(of),
    ...rightMisfits(of),
    ...warnings(of),
  ];
}

const KINDS: Readonly<Record<string, string>> = {
  v: 'a view',
  m: 'a materialized view',
  f: 'a foreign table',
};

function tableMisfits({ contract: { table }, facts }: Fitting): Misfit[] {
  const found: Misfit[] = [];
  if (facts.persistence !== null) {
    const what = facts.persistence === 't' ? 'a temporary table' : 'UNLOGGED';
    const why = 'the ledger would know of rows that a crash has taken';
    found.push(
      refused(
        'not_durable',
        `${table} is ${what}, or one of its partitions is: ${why}`,
        'ALTER TABLE ... SET LOGGED',
      ),
    );
  }
  if (facts.rowSecurity) {
    const hint =
      'GRANT this role BYPASSRLS, or ALTER TABLE ... DISABLE ROW LEVEL SECURITY: a hidden row looks like a missing one';
    found.push(refused('row_security', `row security of ${table} holds for this role`, hint));
  }
  for (const rule of facts.rules) {
    found.push(
      refused('insert_rule', `the rule ${rule} changes each INSERT into ${table}`, `DROP RULE ${rule}`),
    );
  }
  return found;
}

function rightMisfits({ contract, facts, columns }: Fitting): Misfit[] {
  const { table } = contract;
  const found: Misfit[] = [];
  if (!facts.maySelect) {
    const why = 'duplicates are compared with the rows that are there';
    found.push(
      refused(
        'right_missing',
        `this role lacks SELECT on ${table}`,
        `GRANT SELECT ON ${table} TO it: ${why}`,
      ),
    );
  }
  const names = [...contract.fields.map(({ name }) => name), ...contract.filled];
  const lacking = names.filter((name) => columns.get(name)?.mayInsert === false);
  if (lacking.length > 0) {
    const of = lacking.length === names.length ? '' : ` for ${lacking.join(', ')}`;
    found.push(
      refused('right_missing', `this role lacks INSERT on ${table}${of}`, `GRANT INSERT ON ${table} TO it`),
    );
  }
  if (!facts.mayDelete) {
    const hint = `GRANT DELETE ON ${table} to the role that runs "undo"; loading does not need it`;
    found.push(
      warning('undo_right_missing', `this role lacks DELETE on ${table}, so it cannot undo a file`, hint),
    );
  }
  return found;
}

function warnings({ contract: { table }, facts }: Fitting): Misfit[] {
  const triggers = facts.triggers.map((name) =>
    warning(
      'before_trigger',
      `the trigger ${name} runs before each INSERT into ${table}`,
      'it may change values, which then differ from those of the file; a row that it drops or whose key it changes fails its batch',
    ),
  );
  const keys = facts.foreignKeys.map((name) =>
    warning(
      'foreign_key',
      `the foreign key ${name} of ${table} may refuse rows`,
      'a row without its parent becomes a reject missing_parent; "resubmit --code missing_parent" tries it again when the parent is there',
    ),
  );
  return [...triggers, ...keys];
}
