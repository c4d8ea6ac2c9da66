import {
  type ContractNo,
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
 * A version to register. `after`: the previous version with the same name and token but other content.
 * `same`: a closed version with the same name and content.
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
  /** Counts the contents that have had its name and token, in order from 0. */
  contentNo: z.int(),
  /** Null when the version was not read to its end. */
  contentHash: z.string().nullable(),
  /** Whether nobody has begun to read it. */
  untouched: z.boolean(),
  closed: z.boolean(),
  gone: z.boolean(),
  /** Whether it waits for an operator, or did not need to be loaded. */
  held: z.boolean(),
  /** The identity of the folder where it was last seen. Null when it was registered before the ledger kept folders. */
  folder: z.string().nullable(),
});

export type KnownVersion = Readonly<z.output<typeof knownVersion>>;

/** The feed of new versions, and the contract that they keep. A version without one keeps its own rules, as all did before feeds. */
export interface Pinned {
  readonly feed: string;
  readonly contractNo: ContractNo | null;
}

const BEFORE_FEEDS: Pinned = { feed: 'events', contractNo: null };

/** The parameters that pin rules: chunk_rows, reader, and the others as JSON. */
export function pinnedParameters(rules: FileRules): [number, number, string] {
  return [rules.chunkRows, rules.reader, JSON.stringify(pinRules(rules))];
}

/**
 * Registers versions and pins the rules for reading them (I6). Versions that the ledger knows already are not changed.
 * Returns the numbers of the new ones.
 *
 * @param folder the identity of the folder that they are in
 */
export async function registerVersions(
  sql: Sql,
  versions: readonly NewVersion[],
  rules: FileRules,
  folder: string | null = null,
  { feed, contractNo }: Pinned = BEFORE_FEEDS,
): Promise<FileNo[]> {
  if (versions.length === 0) return [];
  const rows = versions.map(({ name, token, changedAt, after, landedAt, stableAt, same }) => ({
    ...{ name, token, changed_at: changedAt, landed_at: landedAt, stable_at: stableAt },
    generation: after === undefined ? 0 : after.generation + 1,
    content_no: after === undefined ? 0 : after.contentNo + 1,
    ...{ content_hash: same?.contentHash ?? null, same_as: same?.fileNo ?? null },
  }));
  const pinned = [...pinnedParameters(rules), folder, feed, contractNo];
  const registered = await run(sql, 'intake/register', numbered, [JSON.stringify(rows), ...pinned]);
  return registered.map((one) => one.fileNo);
}

const numbered = z.object({ fileNo });

/** The versions among `files` that the ledger knows. */
export async function findVersions(sql: Sql, files: readonly FoundFile[]): Promise<KnownVersion[]> {
  if (files.length === 0) return [];
  const wanted = JSON.stringify(files.map(({ name, token }) => ({ name, token })));
  return await run(sql, 'intake/find-versions', knownVersion, [wanted]);
}

/** Records that versions have the ctime `now` and still the same content. */
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

/** The contents loaded under these names: name -> content hash -> version. */
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
