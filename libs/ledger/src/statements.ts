import { readFileSync } from 'node:fs';
import type { Contract } from '@sluice/core';
import { ErrorWithHint } from '@sluice/process';
import type { Row, RowList, TransactionSql } from 'postgres';
import type { z } from 'zod';
import type { Sql } from './client.ts';
import { withEventsTable } from './events-table.ts';
import { classify } from './failure.ts';
import { rendered } from './render.ts';

const TEXTS = new WeakMap<Contract, Map<string, string>>();

/** A pool, or a transaction of one together with what its statements are about. */
export type Session = Pick<Sql, 'unsafe' | 'eventsTable' | 'contract'>;

/** A transaction, or a connection, of a pool: its statements are about the same. */
export function sessionOf<T extends object>(
  transaction: T,
  { eventsTable, contract }: Pick<Sql, 'eventsTable' | 'contract'>,
): T & Pick<Sql, 'eventsTable' | 'contract'> {
  return Object.assign(transaction, { eventsTable, contract });
}

/** Does work in one transaction. `mode`: what may stand behind BEGIN. */
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

/** Does work that only reads in one transaction, for as long as it takes: a person waits for it, and a ledger may hold millions. */
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

/** PostgreSQL gave a row that is not as this program expects it. Names the column, and says nothing of its value (I10). */
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
 * Runs the prepared statement of `sql/<name>.sql`, such as `read/file-list`, and reads each row by `row`, which spells the columns as
 * the statement does.
 *
 * @throws {PostgresFailure} where PostgreSQL is the cause
 * @throws {RowError} when a row is not as `row` says
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

/** As {@link run}, of a statement that always gives one row. */
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

/** As {@link run}, of a statement whose rows nobody reads. Returns how many it wrote. */
export async function execute(
  session: Session,
  name: string,
  parameters: readonly Parameter[] = [],
): Promise<number> {
  return (await send(session, name, parameters)).count;
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

/** Rendered once for a table and a contract. */
function text(name: string, { eventsTable, contract }: Session): string {
  const texts = TEXTS.get(contract) ?? new Map<string, string>();
  TEXTS.set(contract, texts);
  const key = `${name} ${eventsTable}`;
  const statement =
    texts.get(key) ??
    withEventsTable(
      rendered(read(name), contract, (part) => read(`parts/${part}`)),
      eventsTable,
    );
  texts.set(key, statement);
  return statement;
}

function read(name: string): string {
  return readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8');
}
