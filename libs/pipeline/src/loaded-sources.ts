import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FoundFile } from '@sluice/core';
import type { Config } from '@sluice/runtime';
import { type OpenSource, SourceFolder } from '@sluice/source';

/** A version whose content is looked for. The hash is null when it was never read to its end. */
export interface LoadedVersion extends FoundFile {
  readonly contentHash: string | null;
}

/** A file that has the content of a version. `sameToken`: it is the very file that was loaded, not a copy. */
export interface LoadedSource {
  readonly path: string;
  readonly sameToken: boolean;
  open(): Promise<OpenSource | undefined>;
}

/** Finds the contents of loaded versions: in the source folder, or where clean-up has moved them. */
export class LoadedSources {
  readonly #config: Pick<Config, 'sourceDir' | 'archiveDir' | 'quarantineDir'>;
  #moved: Map<string, FoundPlace[]> | undefined;

  constructor(config: Pick<Config, 'sourceDir' | 'archiveDir' | 'quarantineDir'>) {
    this.#config = config;
  }

  /** Undefined when no readable file has exactly that content. */
  async find(version: LoadedVersion): Promise<LoadedSource | undefined> {
    const here = { folder: this.#config.sourceDir, name: version.name };
    const source = await sourceAt(here, version);
    if (source !== undefined) return source;
    this.#moved ??= await listMoved([this.#config.archiveDir, this.#config.quarantineDir]);
    for (const place of this.#moved.get(plainName(version.name)) ?? []) {
      const moved = await sourceAt(place, version);
      if (moved !== undefined) return moved;
    }
    return undefined;
  }
}

interface FoundPlace {
  readonly folder: string;
  readonly name: string;
}

/** A rename keeps the token; a copy to another file system does not, but has the size and the content. */
async function sourceAt(
  { folder, name }: FoundPlace,
  version: LoadedVersion,
): Promise<LoadedSource | undefined> {
  const source = new SourceFolder(folder);
  try {
    const file = await source.look(name);
    if (file === undefined) return undefined;
    const sameToken = file.token === version.token;
    const sameSize = file.token.split('-')[0] === version.token.split('-')[0];
    const same =
      sameToken ||
      (sameSize && version.contentHash !== null && (await source.contentHash(file)) === version.contentHash);
    return same ? { path: join(folder, name), sameToken, open: () => source.open(name) } : undefined;
  } catch (error) {
    if (isUnreadable(error)) return undefined;
    throw error;
  }
}

/** `name~2.csv` is what clean-up calls a second `name.csv`, and `name~2.csv.gz` a second `name.csv.gz`. */
function plainName(name: string): string {
  return name.replace(/~\d+(?=(\.csv)?\.[^.]*$)/i, '');
}

async function listMoved(folders: readonly string[]): Promise<Map<string, FoundPlace[]>> {
  const found = new Map<string, FoundPlace[]>();
  for (const folder of new Set(folders)) {
    try {
      for await (const entry of await opendir(folder, { recursive: true })) {
        if (!entry.isFile()) continue;
        const key = plainName(entry.name);
        found.set(key, [...(found.get(key) ?? []), { folder: entry.parentPath, name: entry.name }]);
      }
    } catch (error) {
      if (!isUnreadable(error)) throw error; // Nothing was ever moved there.
    }
  }
  return found;
}

function isUnreadable(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR', 'EACCES'].includes(String(error.code))
  );
}
