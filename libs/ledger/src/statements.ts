import { readFileSync } from 'node:fs';
import type { Contract } from '@sluice/core';
import { ErrorWithHint } from '@sluice/process';
import type { Row, RowList, TransactionSql } from 'postgres';
import type { z } from 'zod';
import type { Sql } from './client.ts';
import { withEventsTable } from './events-table.ts';
import { classify } from './failure.ts';
import { rendered, type TableColumns } from './render.ts';

interface Rendered {
  readonly text: string;
  readonly columns: TableColumns | undefined;
}

const TEXTS = new WeakMap<Contract, Map<string, Rendered>>();

/** A pool or one of its transactions, with the table and the contract of its statements. */
export type Session = Pick<Sql, 'unsafe'> & Made;

/** What statements are made for. The options tell one pool from another. */
type Made = Pick<Sql, 'options' | 'eventsTable' | 'contract'> & Partial<Table>;

/** What statements must know of the table: see table/columns.ts. */
export interface Table {
  readonly columns: TableColumns;
  /** A COPY into it does what an INSERT would. */
  readonly takesCopy: boolean;
}

/** A transaction or connection of a pool, with the same table and contract as the pool. */
export function sessionOf<T extends object>(
  transaction: T,
  { options, eventsTable, contract, columns }: Made,
): T & Made {
  return Object.assign(transaction, { options, eventsTable, contract, ...(columns && { columns }) });
}

/** The same pool, with statements for this contract and its table. */
export function forContract(sql: Sql, contract: Contract): Sql {
  return new Proxy(sql, {
    get: (pool, name) => {
      if (name === 'contract') return contract;
      return name === 'eventsTable' ? contract.table : Reflect.get(pool, name);
    },
  });
}

/** Does work in one transaction. `mode` is the text after BEGIN. */
export async function inTransaction<T>(
  sql: Sql,
  work: (transaction: TransactionSql<{ bigint: number }> & Session) => Promise<T>,
  mode = '',
): Promise<T> {
  const done = await sql.begin(mode, async (transaction) => ({
    with: await work(sessionOf(transaction, sql)),
  }));
  return done.with;
}

/** Does read-only work in one transaction without a time limit: a person waits for it, and a ledger may hold millions of rows. */
export async function patiently<T>(
  sql: Sql,
  work: (session: Session) => Promise<T>,
  mode = 'READ ONLY',
): Promise<T> {
  const unlimited = async (transaction: TransactionSql<{ bigint: number }> & Session) => {
    await transaction`SET LOCAL statement_timeout = 0`;
    return await work(transaction);
  };
  return await inTransaction(sql, unlimited, mode);
}

export type Parameter = string | number | null | string[] | number[];

/** PostgreSQL returned a row that this program does not expect. The message names the column but not its value (I10). */
class RowError extends ErrorWithHint {
  override readonly name = 'RowError';

  constructor(statement: string, { issues: [issue] }: z.ZodError) {
    const expected =
      issue !== undefined && 'expected' in issue ? `no ${issue.expected}` : 'what it may not hold';
    super(
      `the answer of PostgreSQL to ${statement} cannot be read: the column ${String(issue?.path[0])} holds ${expected}`,
      'another version of this program, or a person, has changed what the migrations of this one made: take that back, or start that version',
    );
  }
}

/**
 * Runs the prepared statement of `sql/<name>.sql`, such as `read/file-list`, and parses each row with the schema `row`, whose
 * keys are the statement's column names.
 *
 * @throws {PostgresFailure} when PostgreSQL is the cause
 * @throws {RowError} when a row does not fit `row`
 */
export async function run<Schema extends z.ZodType>(
  session: Session,
  name: string,
  row: Schema,
  parameters: readonly Parameter[] = [],
): Promise<z.output<Schema>[]> {
  return Array.from(await send(session, name, parameters), (found) => {
    const read = row.safeParse(found);
    if (read.success) return read.data;
    throw new RowError(name, read.error);
  });
}

/** Like {@link run}, for a statement that always returns one row. */
export async function runForOne<Schema extends z.ZodType>(
  session: Session,
  name: string,
  row: Schema,
  parameters: readonly Parameter[] = [],
): Promise<z.output<Schema>> {
  const [only] = await run(session, name, row, parameters);
  if (only === undefined) throw new Error(`the statement ${name} returned no row`);
  return only;
}

/** Like {@link run}, for a statement whose rows nobody reads. Returns how many rows it wrote. */
export async function execute(
  session: Session,
  name: string,
  parameters: readonly Parameter[] = [],
): Promise<number> {
  return (await send(session, name, parameters)).count;
}

/** Sends lines of COPY text with the statement of `sql/<name>.sql`. Returns how many rows the table took. */
export async function copy(session: Session, name: string, lines: string): Promise<number> {
  try {
    return (await session.unsafe(text(name, session), [], { copy: lines })).count;
  } catch (error) {
    throw classify(error);
  }
}

async function send(
  session: Session,
  name: string,
  parameters: readonly Parameter[],
): Promise<RowList<Row[]>> {
  try {
    return await session.unsafe(text(name, session), [...parameters], { prepare: true });
  } catch (error) {
    throw classify(error);
  }
}

/** The text of a statement, rendered once for each table and contract, and again when the columns of the table have changed. */
function text(name: string, { eventsTable, contract, columns }: Session): string {
  const texts = TEXTS.get(contract) ?? new Map<string, Rendered>();
  TEXTS.set(contract, texts);
  const key = `${name} ${eventsTable}`;
  const known = texts.get(key);
  if (known !== undefined && known.columns === columns) return known.text;
  const statement = rendered(read(name), { contract, columns }, (part) => read(`parts/${part}`));
  const text = withEventsTable(statement, eventsTable);
  texts.set(key, { text, columns });
  return text;
}

function read(name: string): string {
  return readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8');
}
