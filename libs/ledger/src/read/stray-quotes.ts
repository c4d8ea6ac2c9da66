import { fileNo } from '@sluice/core';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { strayQuotes } from '../columns.ts';
import { run } from '../statements.ts';

const listed = z.object({ fileNo, name: z.string(), strayQuotes, files: z.int() });

/** The files that somebody must look at because they have records that look like several: how many, and the newest. */
export interface StrayQuoteFiles {
  readonly count: number;
  readonly newest: readonly Omit<z.output<typeof listed>, 'files'>[];
}

/** `file` limits the result to versions with this name, `feed` to those of one feed. */
export async function strayQuoteFiles(
  sql: Sql,
  o: { readonly file?: string | undefined; readonly feed?: string | undefined; readonly limit: number },
): Promise<StrayQuoteFiles> {
  const rows = await run(sql, 'read/stray-quotes', listed, [o.file ?? null, o.limit, o.feed ?? null]);
  const newest = rows.map(({ fileNo, name, strayQuotes }) => ({ fileNo, name, strayQuotes }));
  return { count: rows[0]?.files ?? 0, newest };
}
