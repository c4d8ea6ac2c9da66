import { contentOf, events, type Field } from '@sluice/core';
import type { Sql } from '@sluice/ledger';

// What PostgreSQL holds, read with the lab's own statements. Times are text in UTC, with microseconds.

export interface FileRecord {
  readonly fileNo: number;
  readonly name: string;
  readonly token: string;
  readonly total: number | null;
  readonly records: number;
  readonly inserted: number;
  readonly duplicates: number;
  readonly duplicatesInChunk: number;
  readonly conflicts: number;
  readonly rejects: number;
  readonly quarantine: string | null;
  readonly closed: boolean;
  readonly gone: boolean;
  readonly sameAs: number | null;
}

export interface ChunkRecord {
  readonly fileNo: number;
  readonly first: number;
  readonly last: number;
  readonly records: number;
  readonly at: string;
}

export interface EventRecord {
  readonly id: string;
  /** The other columns as the generator writes them. */
  readonly values: string;
  readonly at: string | null;
}

export interface Sums {
  readonly files: Totals;
  readonly commits: Totals;
  readonly table: number;
}

interface Totals {
  readonly records: number;
  readonly inserted: number;
  readonly duplicates: number;
  readonly conflicts: number;
  readonly rejects: number;
}

export async function readFiles(sql: Sql): Promise<FileRecord[]> {
  return await sql<FileRecord[]>`
    SELECT file_no AS "fileNo", name, token, total, records, inserted, duplicates,
           duplicates_in_chunk AS "duplicatesInChunk", conflicts, rejects, quarantine,
           closed_at IS NOT NULL AS closed, gone_at IS NOT NULL AS gone, same_as AS "sameAs"
    FROM sluice_files WHERE feed = 'events' ORDER BY file_no`;
}

export async function readChunks(sql: Sql): Promise<ChunkRecord[]> {
  return await sql<ChunkRecord[]>`
    SELECT file_no AS "fileNo", first_line AS first, sluice_chunks.last_line AS last, sluice_chunks.records,
           to_char(committed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') AS at
    FROM sluice_chunks JOIN sluice_files AS file USING (file_no) WHERE feed = 'events'
    ORDER BY file_no, first_line, sluice_chunks.last_line`;
}

/** The rejects of each file: `line:code`, in the order of lines. */
export async function readRejects(sql: Sql): Promise<Map<number, string[]>> {
  const rows = await sql<{ fileNo: number; rejects: string[] }[]>`
    SELECT file_no AS "fileNo", array_agg(line || ':' || code ORDER BY line) AS rejects
    FROM sluice_rejects GROUP BY file_no`;
  return new Map(rows.map(({ fileNo, rejects }) => [fileNo, rejects]));
}

/** The lines of each file that are recorded as conflicts. */
export async function readConflicts(sql: Sql): Promise<Map<number, number[]>> {
  const rows = await sql<{ fileNo: number; lines: number[] }[]>`
    SELECT file_no AS "fileNo", array_agg(line::int ORDER BY line) AS lines FROM sluice_conflicts GROUP BY file_no`;
  return new Map(rows.map(({ fileNo, lines }) => [fileNo, lines]));
}

/** Deadlocks since PostgreSQL was last started after a crash. */
export async function readDeadlocks(sql: Sql): Promise<number> {
  const [row] = await sql<{ deadlocks: number }[]>`
    SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`;
  return row?.deadlocks ?? 0;
}

/** The table, page by page. */
export async function* readEvents(sql: Sql): AsyncGenerator<EventRecord[]> {
  yield* sql
    .unsafe<EventRecord[]>(
      `SELECT event_id AS id, concat_ws(',', ${contentOf(events).map(asWritten).join(', ')}) AS values,
              to_char(created_at, 'YYYY-MM-DD HH24:MI:SS.US') AS at
       FROM events`,
    )
    .cursor(2_000);
}

function asWritten({ name, type }: Field): string {
  return type === 'datetime' ? `to_char(${name}, 'YYYY-MM-DD HH24:MI:SS.US')` : `coalesce(${name}::text, '')`;
}

export async function readSums(sql: Sql): Promise<Sums> {
  const [row] = await sql<{ files: Totals; commits: Totals; table: number }[]>`
    WITH commits AS (
      SELECT coalesce(sum(records), 0) AS records, coalesce(sum(inserted), 0) AS inserted,
             coalesce(sum(duplicates), 0) AS duplicates, coalesce(sum(conflicts), 0) AS conflicts,
             coalesce(sum(rejects), 0) AS rejects FROM sluice_commits WHERE feed = 'events'),
    files AS (
      SELECT coalesce(sum(records), 0) AS records, coalesce(sum(inserted), 0) AS inserted,
             coalesce(sum(duplicates), 0) AS duplicates, coalesce(sum(conflicts), 0) AS conflicts,
             coalesce(sum(rejects), 0) AS rejects FROM sluice_files WHERE feed = 'events')
    SELECT row_to_json(files) AS files, row_to_json(commits) AS commits, (SELECT count(*) FROM events) AS table
    FROM files, commits`;
  if (row === undefined) throw new Error('PostgreSQL gave no sums');
  return row;
}
