import { type FileNo, fileNo, pinnedRules } from '@sluice/core';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { token } from '../columns.ts';
import { execute, run } from '../statements.ts';

const fileToParse = z.object({
  fileNo,
  name: z.string(),
  token,
  changedAt: z.string().nullable(),
  rules: pinnedRules,
  closed: z.boolean(),
  gone: z.boolean(),
  /** How often its reading has begun since the ledger saw progress of it, this time included. */
  begun: z.int(),
  /** First lines of the chunks that are committed already. */
  committed: z.array(z.int()).transform((lines): ReadonlySet<number> => new Set(lines)),
});

/** What a parse needs to know of its version. */
export type FileToParse = Readonly<z.output<typeof fileToParse>>;

/** What a parse works on. Notes that reading begins. */
export async function beginParse(sql: Sql, fileNo: FileNo): Promise<FileToParse | undefined> {
  return (await run(sql, 'intake/begin-parse', fileToParse, [fileNo]))[0];
}

/**
 * An execution of a parse takes note that its version has the ctime `now`, with the same content as before. False when it may not go
 * on: others have read the version too.
 */
export async function noteChangeInParse(
  sql: Sql,
  fileNo: FileNo,
  was: string | null,
  now: string,
): Promise<boolean> {
  return (await execute(sql, 'intake/note-change-in-parse', [fileNo, was, now])) > 0;
}

/** An execution of a parse has ended before it staged anything of the version. */
export async function noteUntouched(sql: Sql, fileNo: FileNo): Promise<void> {
  await execute(sql, 'intake/note-untouched', [fileNo]);
}

/** A worker did not see a version that it was to read. False when that one is closed or gone by now. */
export async function noteUnseen(sql: Sql, fileNo: FileNo): Promise<boolean> {
  return (await execute(sql, 'intake/note-unseen', [fileNo])) > 0;
}

/** Quarantines a version that ends its worker. False when it is closed. */
export async function quarantineCrashing(sql: Sql, fileNo: FileNo, detail: string): Promise<boolean> {
  return (await execute(sql, 'intake/quarantine-crashing', [fileNo, detail])) > 0;
}
