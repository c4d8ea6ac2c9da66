import type { Sql } from '../client.ts';
import { quotedTable } from '../events-table.ts';
import { run } from '../statements.ts';

/** The table on disk, and its server. */
export interface DatabaseFigures {
  readonly latestEvent: Date | null;
  readonly tableBytes: number;
  readonly indexBytes: number;
  /** Of the pipeline, of everybody, and how many there may be. */
  readonly connections: { readonly sluice: number; readonly all: number; readonly limit: number };
}

export async function databaseFigures(sql: Sql): Promise<DatabaseFigures> {
  const [row] = await run<{
    latest_event: Date | null;
    table_bytes: number;
    index_bytes: number;
    sluice: number;
    connections: number;
    connection_limit: number;
  }>(sql, 'read/database-figures', [quotedTable(sql.eventsTable)]);
  if (row === undefined) throw new Error('the database-figures statement returned no row');
  return {
    latestEvent: row.latest_event,
    tableBytes: row.table_bytes,
    indexBytes: row.index_bytes,
    connections: { sluice: row.sluice, all: row.connections, limit: row.connection_limit },
  };
}
