import { join } from 'node:path';
import { baseOf } from '@sluice/core';
import { listQuarantined, type QuarantinedFile, type Sql } from '@sluice/ledger';
import type { Config } from '@sluice/process';
import { sourceHolding, UnreadableFile } from '@sluice/source';
import type { Place } from '../feed.ts';
import { placeByFeed } from '../feed-places.ts';
import { movedPaths } from './moved-paths.ts';

/** A quarantined file, and where its content is now. `path` is null when it is not found. */
export interface FoundQuarantined extends QuarantinedFile {
  readonly path: string | null;
  /** `replaced`: another file has its name in the source folder. */
  readonly place: 'source' | 'quarantine' | 'replaced' | 'gone';
}

/** The quarantined files of one feed or of all, newest first, and where each of them is. */
export async function* quarantinedFiles(
  limit: number,
  stores: { readonly sql: Sql; readonly config: Config },
  feed: string | null = null,
): AsyncGenerator<FoundQuarantined> {
  const places = await placeByFeed(stores);
  for await (const file of listQuarantined(stores.sql, limit, feed)) {
    const folders = places.get(file.feed);
    if (folders === undefined) {
      yield { ...file, path: null, place: 'gone' };
      continue;
    }
    const path = join(folders.source, baseOf(file.name));
    const here = await tokenAt(path);
    if (here === file.token) {
      yield { ...file, path, place: 'source' };
      continue;
    }
    const kept = await keptAs(file, folders);
    const place = kept === undefined ? (here === undefined ? 'gone' : 'replaced') : 'quarantine';
    yield { ...file, path: kept ?? null, place };
  }
}

async function keptAs(file: QuarantinedFile, folders: Place): Promise<string | undefined> {
  for await (const path of movedPaths(baseOf(file.name), file, folders)) {
    const found = await tokenAt(path);
    if (found !== undefined && isSameOrCopy(found, file.token)) return path;
  }
  return undefined;
}

/** A move keeps the token. A copy to another file system keeps the size, and the time to the millisecond. */
function isSameOrCopy(a: string, b: string): boolean {
  if (a === b) return true;
  const [[sizeA, timeA], [sizeB, timeB]] = [a.split('-'), b.split('-')];
  return sizeA === sizeB && Math.abs(Number(timeA) - Number(timeB)) < 1_000_000;
}

async function tokenAt(path: string): Promise<string | undefined> {
  try {
    const { source, name } = sourceHolding(path);
    return (await source.look(name))?.token;
  } catch (error) {
    if (error instanceof UnreadableFile) return undefined;
    throw error;
  }
}
