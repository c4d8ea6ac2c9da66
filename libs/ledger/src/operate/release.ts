import { type ContractNo, type FileNo, type FileRules, fileNo, type KnownFile } from '@sluice/core';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { supersede } from '../intake/kept.ts';
import { execute, inTransaction, run } from '../statements.ts';
import { registerReplay } from './replay.ts';

const standing = z.object({
  fileNo,
  feed: z.string(),
  held: z.enum(['same_content', 'new_content']).nullable(),
  contentHash: z.string().nullable(),
  loading: z.string().nullable(),
  loaded: z.string().nullable(),
});

/** `held`: only to be loaded with `add`. `loading` and `loaded`: which file has the same name or content, or the same content. */
export type Released =
  | { readonly outcome: 'registered'; readonly fileNo: FileNo }
  | { readonly outcome: 'unknown' }
  | {
      readonly outcome: 'held';
      readonly held: 'same_content' | 'new_content';
      readonly loaded: string | null;
    }
  | { readonly outcome: 'loading' | 'loaded'; readonly name: string };

/**
 * Lets a version of a feed that keeps every record be loaded: one that is held, if `add` says so, or one whose rows were undone. Its
 * records are in the table once more afterwards, so nothing else may stand for them (I1).
 *
 * @param o.who the operator, for the audit
 */
export async function releaseKept(
  sql: Sql,
  file: KnownFile,
  o: {
    readonly rules: FileRules;
    readonly contractNo: ContractNo;
    readonly feed: string;
    readonly who: string;
    readonly add: boolean;
  },
): Promise<Released> {
  return await inTransaction(sql, async (session) => {
    // A watcher registers nothing of the feed meanwhile.
    await execute(session, 'feeds/lock', [o.feed]);
    const [found] = await run(session, 'operate/kept-standing', standing, [file.name, file.token]);
    if (found === undefined) return { outcome: 'unknown' };
    const { held, contentHash, loading, loaded } = found;
    if (loading !== null) return { outcome: 'loading', name: loading };
    if (held !== null && !o.add) return { outcome: 'held', held, loaded };
    if (loaded !== null && held !== 'same_content') return { outcome: 'loaded', name: loaded };
    if (contentHash === null) return { outcome: 'unknown' };
    const next = held === 'new_content' ? found : await registerReplay(session, file, { ...o, contentHash });
    if (next === undefined) return { outcome: 'loading', name: file.name };
    await execute(session, 'operate/release', [found.fileNo, o.who]);
    await supersede(sql, session, o.feed, { name: file.name, content_hash: contentHash });
    return { outcome: 'registered', fileNo: next.fileNo };
  });
}
