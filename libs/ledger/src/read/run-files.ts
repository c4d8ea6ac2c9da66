import { fileNo } from '@sluice/core';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { strayQuotes } from '../columns.ts';
import { run, runForOne } from '../statements.ts';

const start = z.object({ highest: z.int(), at: z.date() });

/** Where the ledger stood when a run began. */
export type RunStart = Readonly<z.output<typeof start>>;

export async function beginRun(sql: Sql): Promise<RunStart> {
  return await runForOne(sql, 'read/run-start', start);
}

const runFile = z.object({
  kind: z.enum(['quarantined', 'rejected', 'swallowed', 'same', 'held']),
  /** How many files of this kind there are. */
  files: z.int(),
  fileNo,
  feed: z.string(),
  name: z.string(),
  records: z.int(),
  quarantine: z.string().nullable(),
  quarantineDetail: z.string().nullable(),
  held: z.enum(['same_content', 'new_content']).nullable(),
  /** The loaded file with its content. */
  sameAs: z.string().nullable(),
  strayQuotes: strayQuotes.nullable(),
});

/** A file of a run that somebody should hear of. `rejected`: every record of it. `same`: its content was loaded before. */
export type RunFile = Readonly<z.output<typeof runFile>>;

/** The files that this run found, or completed, and that somebody should hear of; at most `limit` of each kind. */
export async function runFiles(sql: Sql, { highest, at }: RunStart, limit: number): Promise<RunFile[]> {
  return await run(sql, 'read/run-files', runFile, [highest, at.toISOString(), limit]);
}
