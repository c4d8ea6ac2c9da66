import {
  type FileNo,
  type FileRules,
  type FoundFile,
  fileNo,
  type KnownFile,
  pinRules,
  type SeenFile,
} from '@sluice/core';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { token } from '../columns.ts';
import { execute, run } from '../statements.ts';

/**
 * A version that is to be registered. `after`: the one before it with its name and token, whose content it has not.
 * `same`: a closed version of that name with the same content.
 */
export interface NewVersion extends KnownFile {
  readonly after?: KnownVersion;
  readonly landedAt: Date;
  readonly stableAt: Date;
  readonly same: { readonly fileNo: FileNo; readonly contentHash: string } | null;
}

const knownVersion = z.object({
  fileNo,
  name: z.string(),
  token,
  changedAt: z.string().nullable(),
  generation: z.int(),
  /** Of all contents that bore its name and token, one after the other; from 0. */
  contentNo: z.int(),
  /** Null when it was not read to its end. */
  contentHash: z.string().nullable(),
  /** No reading of it has begun. */
  untouched: z.boolean(),
  closed: z.boolean(),
  gone: z.boolean(),
  /** The identity of the folder that it was last seen in. Null when it was registered before that was kept. */
  folder: z.string().nullable(),
});

export type KnownVersion = Readonly<z.output<typeof knownVersion>>;

/** The parameters that pin rules: chunk_rows, reader, and the others as JSON. */
export function pinnedParameters(rules: FileRules): [number, number, string] {
  return [rules.chunkRows, rules.reader, JSON.stringify(pinRules(rules))];
}

/**
 * Registers versions, pinning the rules that they are read by (I6). Those that are known are left as they are.
 *
 * @param folder the identity of the folder that they lie in
 */
export async function registerVersions(
  sql: Sql,
  versions: readonly NewVersion[],
  rules: FileRules,
  folder: string | null = null,
): Promise<void> {
  if (versions.length === 0) return;
  const rows = versions.map(({ name, token, changedAt, after, landedAt, stableAt, same }) => ({
    ...{ name, token, changed_at: changedAt, landed_at: landedAt, stable_at: stableAt },
    generation: after === undefined ? 0 : after.generation + 1,
    content_no: after === undefined ? 0 : after.contentNo + 1,
    ...{ content_hash: same?.contentHash ?? null, same_as: same?.fileNo ?? null },
  }));
  await execute(sql, 'intake/register', [JSON.stringify(rows), ...pinnedParameters(rules), folder]);
}

/** The versions among `files` that the ledger knows. */
export async function findVersions(sql: Sql, files: readonly FoundFile[]): Promise<KnownVersion[]> {
  if (files.length === 0) return [];
  const wanted = JSON.stringify(files.map(({ name, token }) => ({ name, token })));
  return await run(sql, 'intake/find-versions', knownVersion, [wanted]);
}

/** Takes note that versions have the ctime `now`, with the same content as before. */
export async function noteChanges(
  sql: Sql,
  changes: readonly { readonly version: KnownVersion; readonly now: SeenFile }[],
): Promise<void> {
  if (changes.length === 0) return;
  const rows = changes.map(({ version, now }) => ({
    ...{ file_no: version.fileNo, was: version.changedAt, now: now.changedAt },
  }));
  await execute(sql, 'intake/note-changes', [JSON.stringify(rows)]);
}

const content = z.object({ name: z.string(), contentHash: z.string(), fileNo });

/** What has been loaded under these names: name -> content hash -> version. */
export async function closedContents(
  sql: Sql,
  names: readonly string[],
): Promise<Map<string, Map<string, FileNo>>> {
  const contents = new Map<string, Map<string, FileNo>>();
  if (names.length === 0) return contents;
  for (const { name, contentHash, fileNo } of await run(sql, 'intake/closed-contents', content, [
    [...names],
  ])) {
    const hashes = contents.get(name) ?? new Map<string, FileNo>();
    contents.set(name, hashes.set(contentHash, fileNo));
  }
  return contents;
}
