import { type ContractNo, contractNo, type FileNo, type FileRules, fileNo } from '@sluice/core';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { contractOf } from '../feeds/contracts.ts';
import { execute, forContract, inTransaction, run, type Session, sessionOf } from '../statements.ts';
import type { NewVersion, Pinned } from './versions.ts';

const named = z.object({ name: z.string() });

/** Which of these names have a version that is being loaded. */
export async function openNames(sql: Sql, names: readonly string[]): Promise<Set<string>> {
  if (names.length === 0) return new Set();
  return new Set((await run(sql, 'intake/open-names', named, [[...names]])).map(({ name }) => name));
}

const gone = z.object({ fileNo, contractNo: contractNo.nullable() });

const kept = z.object({
  name: z.string(),
  held: z.enum(['same_content', 'new_content']).nullable(),
  sameAs: z.string().nullable(),
});

/** A registered version. `held`: it waits for an operator. `sameAs`: the name of the loaded file with its content. */
type Kept = Readonly<z.output<typeof kept>>;

/** A version whose content has been read. */
export type HashedVersion = NewVersion & { readonly contentHash: string };

/**
 * Registers versions of a feed that keeps every record. A chunk is claimed once for its version only, but one content can become two
 * versions. So a version takes the place of gone ones that it repeats: their rows are removed in the same transaction. Leaves out
 * versions whose name or content is just being loaded.
 *
 * @param folder the identity of the folder that they are in
 */
export async function registerKept(
  sql: Sql,
  versions: readonly HashedVersion[],
  pinned: Pinned & {
    readonly contractNo: ContractNo;
    readonly rules: Pick<FileRules, 'chunkRows' | 'reader'>;
    readonly keep: { readonly sameContent: 'hold' | 'add'; readonly newContent: 'hold' | 'add' };
  },
  folder: string | null,
): Promise<Kept[]> {
  const { feed, rules, keep } = pinned;
  const registered: Kept[] = [];
  for (const { name, token, changedAt, after, landedAt, stableAt, contentHash } of versions) {
    const version = {
      ...{ name, token, changed_at: changedAt, landed_at: landedAt, stable_at: stableAt },
      generation: after === undefined ? 0 : after.generation + 1,
      content_no: after === undefined ? 0 : after.contentNo + 1,
      content_hash: contentHash,
    };
    const asked = [JSON.stringify(version), feed, pinned.contractNo, rules.chunkRows, rules.reader, folder];
    const rows = await inTransaction(sql, async (session) => {
      // Two watchers register one after the other, so that each sees what the other one has registered.
      await execute(session, 'feeds/lock', [feed]);
      const row = await run(session, 'intake/register-kept', kept, [
        ...asked,
        keep.sameContent,
        keep.newContent,
      ]);
      if (row.length > 0) await supersede(sql, session, feed, version);
      return row;
    });
    registered.push(...rows);
  }
  return registered;
}

export async function supersede(
  sql: Sql,
  session: Session,
  feed: string,
  { name, content_hash }: { readonly name: string; readonly content_hash: string },
): Promise<void> {
  const before = async () => await run(session, 'intake/gone-before', gone, [feed, name, content_hash]);
  if ((await before()).length === 0) return;
  // A commit that runs now may bring rows of them that this transaction cannot see.
  await execute(session, 'feeds/lock-chunks');
  const byContract = new Map<ContractNo | null, FileNo[]>();
  for (const { fileNo, contractNo } of await before())
    byContract.set(contractNo, [...(byContract.get(contractNo) ?? []), fileNo]);
  for (const [no, files] of byContract) {
    const found = await contractOf(sql, no);
    if (found === undefined) throw new Error(`the ledger lacks contract ${no}`);
    const own = sessionOf({ unsafe: session.unsafe }, forContract(sql, found.load.contract));
    await execute(own, 'intake/supersede', [files, name]);
  }
}
