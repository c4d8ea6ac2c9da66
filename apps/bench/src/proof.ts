import { type Sql, verify } from '@sluice/ledger';
import type { Kind, Written } from './loads/kind.ts';

/** The schema that holds the rows that must be in a table, put there by COPY. */
export const EXPECTED = 'expected';

/** The measurement does not count, because the rows are not what they must be. */
class VoidRun extends Error {
  override name = 'VoidRun';
  readonly hint =
    'a fast load that loses or changes a row is a bug: keep the seed, and run the same command again';
}

const quoted = (names: readonly string[], of: string): string =>
  names.map((name) => `${of}."${name}"`).join(', ');

/**
 * How many rows of a table are not the expected ones: absent, too many, or different in a column.
 * @internal Exported for its test.
 */
export async function wrongRows(sql: Sql, { table, columns, key }: Kind): Promise<number> {
  const told = columns.filter((name) => name !== 'sluice_file');
  const [row] = await sql.unsafe<{ wrong: number }[]>(`
    SELECT count(*) AS wrong
    FROM ${EXPECTED}.${table} AS want FULL JOIN ${table} AS there USING (${key.map((name) => `"${name}"`).join(', ')})
    WHERE (${quoted(told, 'want')}) IS DISTINCT FROM (${quoted(told, 'there')})`);
  return row?.wrong ?? Number.NaN;
}

/** Of the rows that must be there, how many are in another table, and how many rows it has besides. */
export async function rightRows(
  sql: Sql,
  { table, columns, key }: Kind,
  other: string,
): Promise<{ right: number; surplus: number }> {
  const [schema, name] = other.split('.') as [string, string];
  const [found] = await sql`SELECT to_regclass(${other}) IS NOT NULL AS there`;
  if (!found?.there) return { right: 0, surplus: 0 };
  // A program that makes its own table may have chosen other types.
  const types = await sql<{ name: string; type: string }[]>`
    SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
    WHERE attrelid = ${`${EXPECTED}.${table}`}::regclass AND attname = ANY (${[...columns]}::text[])`;
  const cast = types.map((column) => `"${column.name}"::${column.type} AS "${column.name}"`).join(', ');
  const [row] = await sql.unsafe<{ right: number; all: number }[]>(`
    SELECT (SELECT count(*) FROM "${schema}"."${name}") AS "all", count(*) AS "right"
    FROM ${EXPECTED}.${table} AS want
    JOIN (SELECT ${cast} FROM "${schema}"."${name}") AS there USING (${key.map((field) => `"${field}"`).join(', ')})
    WHERE (${quoted(columns, 'want')}) IS NOT DISTINCT FROM (${quoted(columns, 'there')})`);
  const { right, all } = row ?? { right: 0, all: 0 };
  return { right, surplus: all - right };
}

/**
 * Proves that each record of the files ended where it must: each row is in the table once and right, each reject is known by its file
 * and line, the ledger counts the same, and it adds up in itself (I1, I7). PostgreSQL read the expected rows from the files' content.
 * @throws VoidRun when anything differs
 */
export async function prove(sql: Sql, kind: Kind, written: readonly Written[]): Promise<void> {
  const sum = (of: (one: Written) => number) => written.reduce((total, one) => total + of(one), 0);
  const [records, rows] = [sum((one) => one.records), sum((one) => one.rows)];
  const rejects = written.flatMap((one) => one.rejects);
  const want = {
    records,
    inserted: rows,
    rejects: rejects.length,
    duplicates: records - rows - rejects.length,
  };
  const faults: string[] = [];
  const wrong = await wrongRows(sql, kind);
  if (wrong > 0) faults.push(`${wrong} of ${rows} rows are missing, too many or different`);

  const [counts] = await sql<(typeof want)[]>`
    SELECT coalesce(sum(records), 0)::bigint AS records, coalesce(sum(inserted), 0)::bigint AS inserted,
           coalesce(sum(rejects), 0)::bigint AS rejects, coalesce(sum(duplicates), 0)::bigint AS duplicates
    FROM sluice_files`;
  for (const name of ['records', 'inserted', 'rejects', 'duplicates'] as const)
    if (counts?.[name] !== want[name]) faults.push(`${name}: ${counts?.[name]} instead of ${want[name]}`);

  const [misplaced] = await sql<{ n: number }[]>`
    SELECT count(*) AS n
    FROM json_to_recordset(${JSON.stringify(rejects)}::text::json) AS want (name TEXT, line BIGINT)
    FULL JOIN (SELECT name, line FROM sluice_rejects JOIN sluice_files USING (file_no)) AS there USING (name, line)
    WHERE (want.*) IS NULL OR (there.*) IS NULL`;
  if (misplaced?.n !== 0) faults.push(`${misplaced?.n} rejects are missing, or are of other records`);

  const { problems, gone } = await verify(sql);
  if (problems.length + gone.length > 0)
    faults.push(`verify found ${problems.length} problems and ${gone.length} missing files`);
  if (faults.length > 0) throw new VoidRun(`the run is void: ${faults.join('; ')}`);
}
