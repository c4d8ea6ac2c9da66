import { z } from 'zod';
import type { Sql } from '../client.ts';
import { quotedTable } from '../events-table.ts';
import { runForOne } from '../statements.ts';

const figures = z.object({
  latestEvent: z.date().nullable(),
  tableBytes: z.int(),
  indexBytes: z.int(),
  /** Of the pipeline, of everybody, and how many there may be. */
  connections: z.object({ sluice: z.int(), all: z.int(), limit: z.int() }),
});

/** The table on disk, and its server. */
export type DatabaseFigures = Readonly<z.output<typeof figures>>;

export async function databaseFigures(sql: Sql): Promise<DatabaseFigures> {
  return await runForOne(sql, 'read/database-figures', figures, [quotedTable(sql.eventsTable)]);
}
