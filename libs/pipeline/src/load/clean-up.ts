import { type FileNo, type KnownFile, placeIn } from '@sluice/core';
import {
  findVersions,
  type KnownSource,
  knownSources,
  noteCleaned,
  noteMoves,
  PostgresFailure,
  type Sql,
} from '@sluice/ledger';
import { type Config, type Logger, messageOf } from '@sluice/process';
import { type CleanedUp, type Disposal, type Source, SourceAway, UnreadableFile } from '@sluice/source';

interface Needs {
  readonly config: Config;
  readonly source: Source;
  readonly sql: Sql;
  readonly log: Logger;
}

interface Cleaned {
  readonly file: KnownSource;
  readonly end: CleanedUp;
}

/**
 * Clean-up: archives or deletes source files only when all their records are in the ledger (I5). A failure does not fail the
 * surrounding work: a file that cannot be moved stays in the source folder, this is logged once, and the next sweep tries again.
 */
export class CleanUp {
  readonly #stores: Needs;
  /** Folders that cannot be written to, and when to try again. */
  readonly #troubles = new Map<string, { readonly code: string; readonly until: number }>();
  readonly #toldOfOwners = new Set<string>();

  constructor(stores: Needs) {
    this.#stores = stores;
  }

  /**
   * Cleans these versions, and returns those that were left in the source folder. The ledger records where each file will be before
   * the file is moved. Afterwards it records for all files together that they are there.
   */
  async clean(closed: readonly (KnownFile & { readonly fileNo: FileNo })[]): Promise<readonly KnownFile[]> {
    const { config, sql, source } = this.#stores;
    if (config.cleanSource === 'off' || closed.length === 0) return closed;
    const known = await knownSources(
      sql,
      closed.map(({ fileNo }) => fileNo),
    );
    const files = await this.#announced(known.filter((file) => file.closed));
    const left: KnownFile[] = known.filter((file) => !file.closed);
    const cleaned: Cleaned[] = [];
    for (const file of files) {
      const end = await this.#attempt(file, (disposal) => source.dispose(file, disposal));
      if (end === undefined) left.push(file);
      else cleaned.push({ file, end });
    }
    await this.#noteEnds(cleaned);
    return left;
  }

  /** Finishes what crashes left half done, then cleans every closed file that is still in the source folder. */
  async sweep(): Promise<void> {
    const { config, source, sql } = this.#stores;
    for (const [place, trouble] of this.#troubles) this.#troubles.set(place, { ...trouble, until: 0 });
    await this.#finishHidden();
    if (config.cleanSource === 'off') return;
    for await (const { files } of source.list()) {
      const known = await findVersions(sql, files);
      await this.clean(known.filter(({ closed }) => closed));
    }
  }

  async #finishHidden(): Promise<void> {
    const { config, sql, source } = this.#stores;
    const leftovers = await source.unfinished();
    const known = new Map(
      (
        await knownSources(
          sql,
          leftovers.map(({ fileNo }) => fileNo),
        )
      ).map((file) => [file.fileNo, file]),
    );
    const cleaned: Cleaned[] = [];
    for (const { hidden, fileNo } of leftovers) {
      const file = known.get(fileNo);
      // Feeds that share a folder find each other's hidden files.
      if (file !== undefined && !source.owns(file.name)) continue;
      if (file?.closed && config.cleanSource !== 'off') {
        const end = await this.#attempt(file, (disposal) => source.finish(hidden, file, disposal));
        if (end !== undefined) cleaned.push({ file, end });
      } else {
        // It is not to be cleaned, or belongs to another ledger: under a source name, the watcher finds it again.
        const name = file?.name ?? source.nameOf(`sluice-${fileNo}.csv`);
        await this.#guard(source.path, name, () => source.putBack(hidden, name));
      }
    }
    await this.#noteEnds(cleaned);
  }

  /** Records in one statement where files will be if their names are free there. Other paths are recorded one by one later. */
  async #announced(files: readonly KnownSource[]): Promise<readonly KnownSource[]> {
    const announced = files.map((file) => {
      const { place, disposal } = this.#disposalOf(file);
      const move = disposal.kind === 'move' && !this.#isTroubled(place);
      return move ? { ...file, movingTo: this.#stores.source.firstPathIn(disposal.to, file) } : file;
    });
    const moves = announced.flatMap(({ fileNo, movingTo: path }, i) =>
      path !== null && path !== files[i]?.movingTo ? [{ fileNo, path }] : [],
    );
    await noteMoves(this.#stores.sql, moves);
    return announced;
  }

  async #noteEnds(cleaned: readonly Cleaned[]): Promise<void> {
    const ends = cleaned.filter(({ end }) => end.outcome === 'moved' || end.outcome === 'deleted');
    const paths = ends.map(({ file: { fileNo }, end }) => ({
      fileNo,
      path: end.outcome === 'moved' ? end.path : null,
    }));
    await noteCleaned(this.#stores.sql, paths);
  }

  async #attempt(
    file: KnownSource,
    work: (disposal: Disposal) => Promise<CleanedUp>,
  ): Promise<CleanedUp | undefined> {
    const { place, disposal } = this.#disposalOf(file);
    return await this.#guard(place, file.name, () => work(disposal));
  }

  #isTroubled(place: string): boolean {
    const trouble = this.#troubles.get(place);
    return trouble !== undefined && performance.now() < trouble.until;
  }

  /** Undefined when the source has failed. Errors of the ledger are thrown, because they are not about this place. */
  async #guard(place: string, name: string, work: () => Promise<CleanedUp>): Promise<CleanedUp | undefined> {
    if (this.#isTroubled(place)) return undefined;
    let end: CleanedUp;
    try {
      end = await work();
    } catch (error) {
      if (error instanceof PostgresFailure) throw error;
      this.#tell(place, name, error);
      return undefined;
    }
    if (this.#troubles.delete(place))
      this.#stores.log.info({ folder: place }, 'source files are cleaned again');
    return end;
  }

  #tell(place: string, name: string, error: unknown): void {
    const reason = messageOf(error);
    const known = error instanceof SourceAway || error instanceof UnreadableFile ? error : undefined;
    const { code = 'unknown', hint = 'see to the folder' } = known ?? {};
    const ofOneFile = error instanceof UnreadableFile;
    if (ofOneFile ? !this.#toldOfOwners.has(place) : this.#troubles.get(place)?.code !== code) {
      this.#stores.log.warn(
        { folder: place, file: name, reason, hint },
        'a source file cannot be cleaned: it stays where it is and is tried again',
      );
    }
    if (ofOneFile) this.#toldOfOwners.add(place);
    else
      this.#troubles.set(place, { code, until: performance.now() + this.#stores.config.reconcileInterval });
  }

  /** Where a file goes, and the folder whose state decides whether it can go there. */
  #disposalOf(file: KnownSource): { readonly place: string; readonly disposal: Disposal } {
    const { cleanSource, archiveDir, quarantineDir } = this.#stores.config;
    // A file that could not be read is kept for a person, even where the others are deleted.
    if (file.quarantined) return { place: quarantineDir, disposal: this.#moveTo(quarantineDir, file) };
    if (cleanSource === 'delete') return { place: this.#stores.source.path, disposal: { kind: 'delete' } };
    const folder = archiveFolder(this.#stores.config, file.closedAt ?? new Date());
    return { place: archiveDir, disposal: this.#moveTo(folder, file) };
  }

  #moveTo(to: string, { fileNo, movingTo }: KnownSource): Disposal {
    const announce = async (path: string) => {
      if (path !== movingTo) await noteMoves(this.#stores.sql, [{ fileNo, path }]);
    };
    return { kind: 'move', to, announce };
  }
}

/** The archive folder for files that the ledger closed at this time, by the day in UTC. A retry on a later day gets the same. */
export function archiveFolder({ archiveDir }: Pick<Config, 'archiveDir'>, closedAt: Date): string {
  return placeIn(archiveDir, ...closedAt.toISOString().slice(0, 10).split('-'));
}
