import { z } from 'zod';
import type { Sql } from '../client.ts';
import { run } from '../statements.ts';

const heldFile = z.object({
  feed: z.string(),
  name: z.string(),
  held: z.enum(['same_content', 'new_content']),
  /** The loaded file with its content. */
  sameAs: z.string().nullable(),
  /** How many files of its feed there are. */
  files: z.int(),
});

/** A file of a feed that keeps every record, which an operator may have loaded. */
export type HeldFile = Readonly<z.output<typeof heldFile>>;

/** The latest files that were not loaded because their content, or other content of their name, had been loaded. */
export async function heldFiles(sql: Sql, limit: number): Promise<HeldFile[]> {
  return await run(sql, 'read/held-files', heldFile, [limit]);
}
