import { readFileSync } from 'node:fs';
import type { Sql } from './client.ts';
import { withEventsTable } from './events-table.ts';
import { classify } from './failure.ts';

const TEXTS = new Map<string, string>();

/** A pool, or a transaction of one together with its `eventsTable`. */
export type Session = Pick<Sql, 'unsafe' | 'eventsTable'>;

/** Runs the prepared statement of `sql/<name>.sql`, such as `read/file-list`. Rejects with a PostgresFailure where PostgreSQL is the cause. */
export async function run<Row extends object>(
  sql: Session,
  name: string,
  parameters: readonly Parameter[] = [],
): Promise<Row[]> {
  try {
    return await sql.unsafe<Row[]>(text(name, sql.eventsTable), [...parameters], { prepare: true });
  } catch (error) {
    throw classify(error);
  }
}

export type Parameter = string | number | null | string[] | number[];

function text(name: string, eventsTable: string): string {
  const key = `${name} ${eventsTable}`;
  const known = TEXTS.get(key);
  if (known !== undefined) return known;
  const read = readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8');
  const statement = withEventsTable(read, eventsTable);
  TEXTS.set(key, statement);
  return statement;
}
