import { type FileNo, checkpointMember as keyOf, READER_VERSION } from '@sluice/core';
import type { KnownVersion, NewVersion } from '@sluice/postgres';
import type { SourceFile } from '@sluice/source';
import { StableFiles } from './stable-files.ts';
import type { Stores } from './stores.ts';

/** Files looked up at once: one question to the checkpoint and at most three to the ledger. */
const SLICE = 500;

export interface Scan {
  readonly found: number;
  readonly registered: number;
  /** Milliseconds until a file that is still being written may have become stable. */
  readonly stableIn: number | undefined;
}

/**
 * Finds new file versions and registers them in the ledger, before any job exists for them. It is driven by what lies
 * in the folder; events only say when to look. Two watchers at once register the same rows, once.
 */
export class Discovery {
  readonly #stores: Stores;
  readonly #stable: StableFiles;
  #warnedOfNames = 0;

  constructor(stores: Stores) {
    this.#stores = stores;
    this.#stable = new StableFiles(stores.config.stableFor);
  }

  /** Looks at the whole folder once. `tidy` also makes the checkpoint forget what no longer lies there (I8). */
  async scan(tidy: boolean): Promise<Scan> {
    const { folder, checkpoint, log } = this.#stores;
    const { files, unreadableNames } = await folder.list();
    if (unreadableNames > 0 && unreadableNames !== this.#warnedOfNames) {
      log.warn({ files: unreadableNames }, 'files whose names are not UTF-8 cannot be read: rename them');
    }
    this.#warnedOfNames = unreadableNames;
    const { stable, stableIn } = this.#stable.among(files, Date.now(), performance.now());
    let registered = 0;
    for (let i = 0; i < stable.length; i += SLICE)
      registered += await this.#register(stable.slice(i, i + SLICE));
    if (tidy) await checkpoint.keepOnly(files);
    return { found: files.length, registered, stableIn };
  }

  async #register(slice: readonly SourceFile[]): Promise<number> {
    const { checkpoint, ledger, config } = this.#stores;
    const seen = await checkpoint.has(slice);
    const missed = slice.filter((_, i) => !seen[i]);
    const known = new Map((await ledger.find(missed)).map((version) => [keyOf(version), version]));
    await this.#recognise([...known.values()]);
    const unknown = missed.filter((file) => !known.has(keyOf(file)));
    const contents = await ledger.closedContents(unknown.map(({ name }) => name));
    const versions: NewVersion[] = [];
    for (const file of unknown) {
      const version = await this.#newVersion(file, contents.get(file.name));
      if (version !== undefined) versions.push(version);
    }
    await ledger.register(versions, config.chunkRows, READER_VERSION);
    return versions.length;
  }

  /** A miss of the checkpoint is answered by the ledger (I4): closed is seen, and gone is no longer gone. */
  async #recognise(known: readonly KnownVersion[]): Promise<void> {
    const { checkpoint, ledger } = this.#stores;
    await checkpoint.add(known.filter(({ closed }) => closed));
    await ledger.markSeen(known.filter(({ gone, closed }) => gone && !closed).map(({ fileNo }) => fileNo));
  }

  /** A name that has been loaded comes back: its content decides whether there is anything to load. */
  async #newVersion(
    file: SourceFile,
    loaded: ReadonlyMap<string, FileNo> | undefined,
  ): Promise<NewVersion | undefined> {
    const version = {
      ...file,
      landedAt: new Date(Math.min(file.landedAt, Date.now())),
      stableAt: new Date(),
    };
    if (loaded === undefined) return { ...version, same: null };
    const contentHash = await this.#stores.folder.contentHash(file);
    if (contentHash === undefined) return undefined; // it changed meanwhile: the next scan sees another version
    const fileNo = loaded.get(contentHash);
    return { ...version, same: fileNo === undefined ? null : { fileNo, contentHash } };
  }
}
