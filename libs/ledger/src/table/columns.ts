import type { Contract } from '@sluice/core';
import type { Session, Table } from '../statements.ts';
import { type TableFacts, tableFacts } from './facts.ts';

/** What each pool knows of tables, by the table's name. */
const KNOWN = new WeakMap<object, Map<string, Table>>();

function knownTo({ options }: Pick<Session, 'options'>): Map<string, Table> {
  const known = KNOWN.get(options) ?? new Map<string, Table>();
  KNOWN.set(options, known);
  return known;
}

/**
 * The session with the columns of its table, for statements that read rows in the types of the table. Each pool asks the catalog
 * once, until {@link forgetColumns}.
 */
export async function withColumns<T extends Session>(session: T): Promise<T & Session & Table> {
  const table =
    knownTo(session).get(session.eventsTable) ?? rememberColumns(session, await tableFacts(session));
  return Object.assign(session, table);
}

/** Keeps the columns for the next statements. */
export function rememberColumns(
  session: Pick<Session, 'options' | 'eventsTable'>,
  facts: TableFacts | undefined,
): Table {
  const columns = new Map(facts?.columns.map((column) => [column.name, column]));
  const table = { columns, takesCopy: facts !== undefined && takesCopy(facts) };
  // A table that is not there may be made at any moment.
  if (facts === undefined) forgetColumns(session);
  else knownTo(session).set(session.eventsTable, table);
  return table;
}

/** Whether a COPY would do what an INSERT does. It takes no notice of rules, and a trigger could change keys unseen. */
function takesCopy({ kind, rowSecurity, rules, triggers }: TableFacts): boolean {
  return ['r', 'p'].includes(kind) && !rowSecurity && rules.length === 0 && triggers.length === 0;
}

/** Makes the next statement ask the catalog again, because the table may have changed. */
export function forgetColumns(session: Pick<Session, 'options' | 'eventsTable'>): void {
  knownTo(session).delete(session.eventsTable);
}

/** A session for statements about the table of a contract. */
export async function ofTable(
  { unsafe, options }: Pick<Session, 'unsafe' | 'options'>,
  contract: Contract,
): Promise<Session> {
  return await withColumns({ unsafe, options, eventsTable: contract.table, contract });
}
