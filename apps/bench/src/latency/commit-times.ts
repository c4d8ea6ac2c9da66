import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Sql } from '@sluice/ledger';
import type { Kind, Written } from '../loads/kind.ts';

/**
 * When the last row of each file was committed, in ms since 1970, by PostgreSQL's own record of the commits. It needs files of
 * distinct rows, whose first column is their key, and `track_commit_timestamp`. The time is taken just before a commit is flushed to
 * the disk.
 */
export async function commitTimes(
  sql: Sql,
  { table, key: [key = ''] }: Kind,
  written: Written,
): Promise<number[]> {
  const keys = [...(written.copy() as Iterable<string>)].map((text, file) =>
    text.replace(/^([^,]*),.*$/gm, `$1,${file}`),
  );
  await sql`CREATE TABLE key_of_file (key uuid, file int)`;
  const target = await sql`COPY key_of_file FROM STDIN (FORMAT csv)`.writable();
  await pipeline(Readable.from(keys), target);
  const times = await sql<{ ms: number | null }[]>`
    SELECT extract(epoch FROM max(pg_xact_commit_timestamp(there.xmin)))::float8 * 1000 AS ms
    FROM key_of_file LEFT JOIN ${sql(table)} AS there ON there.${sql(key)} = key_of_file.key
    GROUP BY file ORDER BY file`;
  return times.map(({ ms }) => ms ?? Number.NaN);
}
