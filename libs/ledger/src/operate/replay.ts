import { type ContractNo, type FileRules, fileNo, type KnownFile } from '@sluice/core';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { detailState, version } from '../columns.ts';
import { pinnedParameters } from '../intake/versions.ts';
import { run, type Session } from '../statements.ts';

const fileVersion = z.object({
  ...version,
  generation: z.int(),
  changedAt: z.string().nullable(),
  sameAs: fileNo.nullable(),
  landedAt: z.date(),
  closedAt: z.date().nullable(),
  goneAt: z.date().nullable(),
  /** Why it is not loaded unless an operator says so. */
  held: z.string().nullable(),
  records: z.int(),
  inserted: z.int(),
  duplicates: z.int(),
  rejects: z.int(),
  /** How many of the inserted rows an undo has removed. */
  undone: z.int(),
  undoneAt: z.date().nullable(),
  quarantine: z.string().nullable(),
  /** `kept`, or `dropping` or `dropped` by RETENTION. */
  detailState,
});

/** A version of a name, with what an operator needs to know. */
export type FileVersion = Readonly<z.output<typeof fileVersion>>;

/** All versions of one name, oldest first. */
export async function versionsOf(sql: Sql, name: string): Promise<FileVersion[]> {
  return await run(sql, 'operate/versions-of', fileVersion, [name]);
}

const replay = z.object({ fileNo, generation: z.int() });

export type Registered = Readonly<z.output<typeof replay>>;

/**
 * Registers a version to be read once more, as its next generation. Returns undefined when the ledger does not know the
 * version, or when one of its generations is still waiting to be loaded.
 *
 * @param o.contentHash where the feed must know it before the file is read
 * @param o.contractNo the active contract of its feed, which the new generation keeps
 * @param o.who the operator, for the audit
 */
export async function registerReplay(
  sql: Sql | Session,
  file: KnownFile,
  {
    rules,
    contractNo,
    who,
    contentHash = null,
  }: {
    readonly rules: FileRules;
    readonly contractNo: ContractNo | null;
    readonly who: string;
    readonly contentHash?: string | null;
  },
): Promise<Registered | undefined> {
  const asked = [
    file.name,
    file.token,
    ...pinnedParameters(rules),
    who,
    file.changedAt,
    contractNo,
    contentHash,
  ];
  return (await run(sql, 'operate/register-replay', replay, asked))[0];
}
