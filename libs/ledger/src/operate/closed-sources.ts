import { type FileNo, fileNo } from '@sluice/core';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { token } from '../columns.ts';
import { run } from '../statements.ts';

const knownSource = z.object({
  fileNo,
  name: z.string(),
  token,
  changedAt: z.string().nullable(),
  /** Of what was loaded; null when it was not read to its end. */
  contentHash: z.string().nullable(),
  /** Every record of it is in the ledger, and no replay is to read it: it may go (I5). */
  closed: z.boolean(),
  closedAt: z.date().nullable(),
  quarantined: z.boolean(),
  /** Where a clean-up that has not said its end was about to put it. */
  movingTo: z.string().nullable(),
});

/** What clean-up has to know of a file version. */
export type KnownSource = Readonly<z.output<typeof knownSource>>;

/** The versions of these numbers that the ledger knows. */
export async function knownSources(sql: Sql, files: readonly FileNo[]): Promise<KnownSource[]> {
  if (files.length === 0) return [];
  return await run(sql, 'operate/closed-sources', knownSource, [[...files]]);
}
