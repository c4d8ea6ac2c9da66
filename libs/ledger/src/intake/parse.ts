import { contractNo, type FileNo, fileNo, pinnedRules } from '@sluice/core';
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
  feed: z.string(),
  /** Null: registered before there were feeds. */
  contractNo: contractNo.nullable(),
  closed: z.boolean(),
  gone: z.boolean(),
  /** Its feed is set aside, because its table does not fit. */
  aside: z.boolean(),
  /** How often a worker has begun to read it since the ledger last saw progress, including this time. */
  begun: z.int(),
  /** The first lines of the chunks that are committed already. */
  committed: z.array(z.int()).transform((lines): ReadonlySet<number> => new Set(lines)),
});

/** What a parse needs to know about its version. */
export type FileToParse = Readonly<z.output<typeof fileToParse>>;

/** Returns the version to parse, and records that reading begins. */
export async function beginParse(sql: Sql, fileNo: FileNo): Promise<FileToParse | undefined> {
  return (await run(sql, 'intake/begin-parse', fileToParse, [fileNo]))[0];
}

const firstTry = z.object({
  fileNo,
  changedAt: z.string().nullable(),
  contractNo,
  chunkRows: z.int(),
  reader: z.int(),
});

/** What the first parse of a version needs to know, besides what its open row says. */
type FirstTry = Readonly<z.output<typeof firstTry>>;

/**
 * Records the first beginning of those among these versions that nobody has begun to read, and returns these. The first parse of
 * each then need not ask the ledger.
 */
export async function beginFirst(sql: Sql, files: readonly FileNo[]): Promise<FirstTry[]> {
  return files.length === 0 ? [] : await run(sql, 'intake/begin-first', firstTry, [[...files]]);
}

/**
 * Records for one execution of a parse that its version has the ctime `now` and still the same content. Returns false when the
 * execution must stop, because others have read the version too.
 */
export async function noteChangeInParse(
  sql: Sql,
  fileNo: FileNo,
  was: string | null,
  now: string,
): Promise<boolean> {
  return (await execute(sql, 'intake/note-change-in-parse', [fileNo, was, now])) > 0;
}

/** Records that an execution of a parse has ended before it staged anything of the version. */
export async function noteUntouched(sql: Sql, fileNo: FileNo): Promise<void> {
  await execute(sql, 'intake/note-untouched', [fileNo]);
}

/**
 * Takes back one beginning of a version that could not be read for a reason outside of it, so that it does not count towards the
 * beginnings of a file that crashes its worker. Returns false when the version is closed or gone now.
 */
export async function takeBackBeginning(sql: Sql, fileNo: FileNo): Promise<boolean> {
  return (await execute(sql, 'intake/take-back-beginning', [fileNo])) > 0;
}

/** Quarantines a version that crashes its worker. Returns false when it is closed already. */
export async function quarantineCrashing(sql: Sql, fileNo: FileNo, detail: string): Promise<boolean> {
  return (await execute(sql, 'intake/quarantine-crashing', [fileNo, detail])) > 0;
}
