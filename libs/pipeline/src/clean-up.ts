import { realpath } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import type { FileNo, FoundFile } from '@sluice/core';
import { type KnownSource, knownSources, type Ledger, type Sql } from '@sluice/postgres';
import { type Config, ConfigError, type Logger } from '@sluice/runtime';
import {
  cleanUpFile,
  type Disposal,
  finishHidden,
  hiddenFiles,
  putBack,
  type SourceFolder,
} from '@sluice/source';

interface Needs {
  readonly config: Config;
  readonly folder: SourceFolder;
  readonly ledger: Ledger;
  readonly sql: Sql;
  readonly log: Logger;
}

/** Files of one sweep looked up at once. */
const SLICE = 500;

/** What an operator can do, by the code of the file system's error. */
const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: 'free disk space there',
  EDQUOT: 'free disk space there, or raise the quota',
  EROFS: 'mount it writable',
  EACCES: 'give this account the right to write there, and in the source folder',
  EPERM: 'give this account the right to move these files',
  ENOTDIR: 'a file stands where the folder is to be: move it away',
};

/**
 * Clean-up: archives or deletes source files whose every record is in the ledger, and no others (I5). It never fails the work
 * around it: a file that cannot be moved stays in the source folder, that is said once, and the next sweep tries again.
 */
export class CleanUp {
  readonly #stores: Needs;
  /** Folders that cannot be written to, and when to try again. */
  readonly #troubles = new Map<string, { readonly code: string; readonly until: number }>();
  readonly #toldOfOwners = new Set<string>();

  constructor(stores: Needs) {
    this.#stores = stores;
  }

  /** Cleans these versions, and returns those that were left in the source folder. */
  async clean(closed: readonly (FoundFile & { readonly fileNo: FileNo })[]): Promise<readonly FoundFile[]> {
    const { config, sql, folder } = this.#stores;
    if (config.cleanSource === 'off' || closed.length === 0) return closed;
    const left: FoundFile[] = [];
    for (const file of await knownSources(
      sql,
      closed.map(({ fileNo }) => fileNo),
    )) {
      const done =
        file.closed && (await this.#attempt(file, (disposal) => cleanUpFile(folder, file, disposal)));
      if (!done) left.push(file);
    }
    return left;
  }

  /** Ends what crashes left half done, then cleans every closed file that still lies in the source folder. */
  async sweep(): Promise<void> {
    const { config, folder, ledger } = this.#stores;
    for (const [place, trouble] of this.#troubles) this.#troubles.set(place, { ...trouble, until: 0 });
    await this.#finishHidden();
    if (config.cleanSource === 'off') return;
    const { files } = await folder.list();
    for (let i = 0; i < files.length; i += SLICE) {
      const known = await ledger.find(files.slice(i, i + SLICE));
      await this.clean(known.filter(({ closed }) => closed));
    }
  }

  async #finishHidden(): Promise<void> {
    const { config, sql, folder } = this.#stores;
    const leftovers = await hiddenFiles(folder);
    const known = new Map(
      (
        await knownSources(
          sql,
          leftovers.map(({ fileNo }) => fileNo),
        )
      ).map((file) => [file.fileNo, file]),
    );
    for (const { hidden, fileNo } of leftovers) {
      const file = known.get(fileNo);
      if (file?.closed && config.cleanSource !== 'off') {
        await this.#attempt(file, (disposal) => finishHidden(folder, hidden, file, disposal));
      } else {
        // Not to be cleaned, or of a ledger that is not this one: it is found again under a name.
        const name = file?.name ?? `sluice-${fileNo}.csv`;
        await this.#guard(folder.path, name, () => putBack(folder, hidden, name));
      }
    }
  }

  async #attempt(file: KnownSource, work: (disposal: Disposal) => Promise<unknown>): Promise<boolean> {
    const { place, disposal } = this.#disposalOf(file);
    return await this.#guard(place, file.name, () => work(disposal));
  }

  /** True when it went well. Only the file system is asked in here, so only it can fail. */
  async #guard(place: string, name: string, work: () => Promise<unknown>): Promise<boolean> {
    const trouble = this.#troubles.get(place);
    if (trouble !== undefined && performance.now() < trouble.until) return false;
    try {
      await work();
    } catch (error) {
      this.#tell(place, name, error);
      return false;
    }
    if (this.#troubles.delete(place))
      this.#stores.log.info({ folder: place }, 'source files are cleaned again');
    return true;
  }

  #tell(place: string, name: string, error: unknown): void {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const reason = error instanceof Error ? error.message : String(error);
    // That one is of a single file, say of another owner in a sticky folder. The rest is of the place.
    const ofOneFile = code === 'EPERM';
    if (ofOneFile ? !this.#toldOfOwners.has(place) : this.#troubles.get(place)?.code !== code) {
      this.#stores.log.warn(
        { folder: place, file: name, reason, hint: HINTS[code] ?? 'see to the folder' },
        'a source file cannot be cleaned: it stays where it is and is tried again',
      );
    }
    if (ofOneFile) this.#toldOfOwners.add(place);
    else
      this.#troubles.set(place, { code, until: performance.now() + this.#stores.config.reconcileInterval });
  }

  /**
   * Where a file goes, and the folder whose state decides whether it can. The day of the archive is that on which the ledger
   * closed the file, in UTC: done again after midnight, it is the same.
   */
  #disposalOf(file: KnownSource): { readonly place: string; readonly disposal: Disposal } {
    const { cleanSource, archiveDir, quarantineDir } = this.#stores.config;
    // A file that could not be read is kept for a person, even where the others are deleted.
    if (file.quarantined) return { place: quarantineDir, disposal: { kind: 'move', folder: quarantineDir } };
    if (cleanSource === 'delete') return { place: this.#stores.folder.path, disposal: { kind: 'delete' } };
    const day = (file.closedAt ?? new Date()).toISOString().slice(0, 10).split('-');
    return { place: archiveDir, disposal: { kind: 'move', folder: join(archiveDir, ...day) } };
  }
}

/**
 * Refuses a source folder that is also a folder where cleaned files go: they would be found again. Links are followed.
 *
 * @throws {ConfigError} that names both settings
 */
export async function refuseFolders(
  config: Pick<Config, 'sourceDir' | 'archiveDir' | 'quarantineDir'>,
): Promise<void> {
  const [source, archive, quarantine] = await Promise.all([
    realPath(config.sourceDir),
    realPath(config.archiveDir),
    realPath(config.quarantineDir),
  ]);
  const refuse = (setting: string): never => {
    throw new ConfigError(
      `SOURCE_DIR: ${config.sourceDir} is a folder that ${setting} puts cleaned files into: set one of them to another folder`,
    );
  };
  const day = /^\d{4}[\\/]\d{2}[\\/]\d{2}$/;
  if (source === archive || day.test(relative(archive, source))) refuse('ARCHIVE_DIR');
  if (source === quarantine) refuse('QUARANTINE_DIR');
}

/** A path without links, of a folder that may not exist yet. */
async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!missing || dirname(path) === path) throw error;
    return join(await realPath(dirname(path)), basename(path));
  }
}
