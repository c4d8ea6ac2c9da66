import type { Contract } from '@sluice/core';
import type { TableColumns } from '../render.ts';
import type { Session } from '../statements.ts';
import { type TableFacts, tableFacts } from './facts.ts';

/** What each pool knows of tables, by the table's name. */
const KNOWN = new WeakMap<object, Map<string, TableColumns>>();

function knownTo({ options }: Pick<Session, 'options'>): Map<string, TableColumns> {
  const known = KNOWN.get(options) ?? new Map<string, TableColumns>();
  KNOWN.set(options, known);
  return known;
}

/**
 * The session with the columns of its table, for statements that read rows in the types of the table. Each pool asks the catalog
 * once, until {@link forgetColumns}.
 */
export async function withColumns<T extends Session>(session: T): Promise<T & Session> {
  const columns =
    knownTo(session).get(session.eventsTable) ?? rememberColumns(session, await tableFacts(session));
  return Object.assign(session, { columns });
}

/** Keeps the columns for the next statements. */
export function rememberColumns(
  session: Pick<Session, 'options' | 'eventsTable'>,
  facts: TableFacts | undefined,
): TableColumns {
  const columns = new Map(facts?.columns.map((column) => [column.name, column]));
  // A table that is not there may be made at any moment.
  if (facts === undefined) forgetColumns(session);
  else knownTo(session).set(session.eventsTable, columns);
  return columns;
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
