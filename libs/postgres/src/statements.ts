import { readFileSync } from 'node:fs';
import type { Sql } from './client.ts';
import { classify } from './failure.ts';

const TEXTS = new Map<string, string>();

/** Runs the prepared statement of `sql/<name>.sql`. Rejects with a PostgresFailure where PostgreSQL is the cause. */
export async function run<Row extends object>(
  sql: Pick<Sql, 'unsafe'>,
  name: string,
  parameters: readonly Parameter[] = [],
): Promise<Row[]> {
  try {
    return await sql.unsafe<Row[]>(text(name), [...parameters], { prepare: true });
  } catch (error) {
    throw classify(error);
  }
}

export type Parameter = string | number | null | string[] | number[];

function text(name: string): string {
  const known = TEXTS.get(name);
  if (known !== undefined) return known;
  const read = readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8');
  TEXTS.set(name, read);
  return read;
}
