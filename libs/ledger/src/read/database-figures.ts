import { z } from 'zod';
import type { Sql } from '../client.ts';
import { quotedTable } from '../events-table.ts';
import { runForOne } from '../statements.ts';

const figures = z.object({
  /** Null where no index leads to it, or there is no row. */
  latestEvent: z.date().nullable(),
  tableBytes: z.int(),
  indexBytes: z.int(),
  /** The connections of the pipeline, all connections, and the limit. */
  connections: z.object({ sluice: z.int(), all: z.int(), limit: z.int() }),
});

/** The size of the table on disk, and the state of its server. */
export type DatabaseFigures = Readonly<z.output<typeof figures>>;

export async function databaseFigures(sql: Sql): Promise<DatabaseFigures> {
  return await runForOne(sql, 'read/database-figures', figures, [
    quotedTable(sql.eventsTable),
    sql.contract.time,
  ]);
}
