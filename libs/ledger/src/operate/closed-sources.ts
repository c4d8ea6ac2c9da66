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
  /** The hash of the loaded content; null when the version was not read to its end. */
  contentHash: z.string().nullable(),
  /** Whether clean-up may take the file (I5): every record is in the ledger, and no replay will read the file. */
  closed: z.boolean(),
  closedAt: z.date().nullable(),
  quarantined: z.boolean(),
  /** Where a clean-up that has not reported its end was about to put the file. */
  movingTo: z.string().nullable(),
});

/** What clean-up must know about a file version. */
export type KnownSource = Readonly<z.output<typeof knownSource>>;

/** The versions with these numbers that the ledger knows. */
export async function knownSources(sql: Sql, files: readonly FileNo[]): Promise<KnownSource[]> {
  if (files.length === 0) return [];
  return await run(sql, 'operate/closed-sources', knownSource, [[...files]]);
}
