import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { listQuarantined, type QuarantinedFile, type Sql } from '@sluice/postgres';
import type { Config } from '@sluice/runtime';
import { SourceFolder, UnreadableFile } from '@sluice/source';

/** A quarantined file, and where its content lies now: `path` is null when it is not found. */
export interface FoundQuarantined extends QuarantinedFile {
  readonly path: string | null;
  /** `replaced`: another file bears its name in the source folder. */
  readonly place: 'source' | 'quarantine' | 'replaced' | 'gone';
}

/** The quarantined files, newest first, and where each of them lies. */
export async function* quarantinedFiles(
  limit: number,
  { sql, config }: { readonly sql: Sql; readonly config: Pick<Config, 'sourceDir' | 'quarantineDir'> },
): AsyncGenerator<FoundQuarantined> {
  const moved = await namesIn(config.quarantineDir);
  for await (const file of listQuarantined(sql, limit)) {
    const here = await tokenAt(config.sourceDir, file.name);
    if (here === file.token) {
      yield { ...file, path: join(config.sourceDir, file.name), place: 'source' };
      continue;
    }
    const kept = await keptAs(file, config.quarantineDir, moved.get(file.name) ?? []);
    const place = kept === undefined ? (here === undefined ? 'gone' : 'replaced') : 'quarantine';
    yield { ...file, path: kept ?? null, place };
  }
}

async function keptAs(
  { token }: QuarantinedFile,
  folder: string,
  names: readonly string[],
): Promise<string | undefined> {
  for (const name of names) {
    const found = await tokenAt(folder, name);
    if (found !== undefined && isSameOrCopy(found, token)) return join(folder, name);
  }
  return undefined;
}

/** A move keeps the token. A copy to another file system keeps the size, and the time to the millisecond. */
function isSameOrCopy(a: string, b: string): boolean {
  if (a === b) return true;
  const [[sizeA, timeA], [sizeB, timeB]] = [a.split('-'), b.split('-')];
  return sizeA === sizeB && Math.abs(Number(timeA) - Number(timeB)) < 1_000_000;
}

async function tokenAt(folder: string, name: string): Promise<string | undefined> {
  try {
    return (await new SourceFolder(folder).look(name))?.token;
  } catch (error) {
    if (error instanceof UnreadableFile) return undefined;
    throw error;
  }
}

/** Names in the folder by the name that a file had in the source folder: clean-up calls a second one `name~2.csv`. */
async function namesIn(folder: string): Promise<Map<string, string[]>> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'EACCES') return [];
    throw error;
  });
  return Map.groupBy(names, (name) => name.replace(/~\d+(?=(\.csv)?\.[^.]*$)/i, ''));
}
