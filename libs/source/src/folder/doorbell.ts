import { type FSWatcher as NodeWatcher, watch as watchFolder } from 'node:fs';
import { basename, join } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import type { Doorbell } from '../source.ts';

/**
 * The most folders below a source that are watched, because the system bounds the watches of a user. In the others, files are found by
 * the next listing.
 */
const WATCHED_AT_MOST = 1_000;

/** A folder that is watched. */
interface Watched {
  readonly path: string;
  identity(): Promise<string | undefined>;
  /** The folders below it that are known, by their paths. */
  below(): readonly string[];
}

/**
 * Rings when something changes in a folder, with the name of what changed if that is known. chokidar watches only the folder. Watching
 * each file would take one inotify watch for each, and past the system's limit files would be missed silently.
 */
export class FolderDoorbell implements Doorbell {
  readonly #watched: Watched;
  /** Undefined: it cannot be watched. */
  readonly #below = new Map<string, NodeWatcher | undefined>();
  readonly #ring: (name: string | undefined) => void;
  #watcher: FSWatcher | undefined;
  #identity: string | undefined;

  constructor(watched: Watched, ring: (name: string | undefined) => void) {
    this.#watched = watched;
    this.#ring = ring;
  }

  /** A folder that was created again is watched again. */
  async watch(): Promise<void> {
    const { path: own } = this.#watched;
    const identity = await this.#watched.identity();
    if (identity !== this.#identity) this.close();
    if (identity !== undefined) this.#watchBelow();
    if (identity === this.#identity) return;
    this.#identity = identity;
    if (identity === undefined) return;
    const ignored = (path: string) => path !== own;
    this.#watcher = watch(own, { ignored, ignoreInitial: true });
    this.#watcher.on('raw', (_, name) => this.#ring(this.#nameOf(name)));
    // Files may have arrived between the last scan and the start of the watch.
    this.#watcher.on('ready', () => this.#ring(undefined));
    // The scan at every reconcile interval finds what a watch that is broken, or one too many, does not announce.
    this.#watcher.on('error', () => this.#ring(undefined));
  }

  /** The folder announces its own end under its own name. A name that is not UTF-8 cannot be looked at. */
  #nameOf(name: string | null): string | undefined {
    return name === null || name === basename(this.#watched.path) || name.includes('\uFFFD')
      ? undefined
      : name;
  }

  /** No event announces that another folder was mounted there. A folder that was found since is watched from the next listing on. */
  async isCurrent(): Promise<boolean> {
    if (this.#toWatch().some((folder) => !this.#below.has(folder))) return false;
    return (await this.#watched.identity()) === this.#identity;
  }

  #toWatch(): readonly string[] {
    return this.#watched.below().slice(0, WATCHED_AT_MOST);
  }

  #watchBelow(): void {
    const folders = new Set(this.#toWatch());
    for (const folder of this.#below.keys()) if (!folders.has(folder)) this.#forget(folder);
    for (const folder of folders) if (!this.#below.has(folder)) this.#watchOne(folder);
  }

  /** One that cannot be watched is gone, or is one too many: the listing finds what is in it. */
  #watchOne(folder: string): void {
    try {
      const watcher = watchFolder(join(this.#watched.path, folder), (_, name) => {
        // A folder announces its own end under its own name.
        if (name === basename(folder)) this.#forget(folder);
        this.#ring(name === null || !this.#below.has(folder) ? undefined : `${folder}/${name}`);
      });
      watcher.on('error', () => this.#forget(folder));
      this.#below.set(folder, watcher);
    } catch {
      this.#below.set(folder, undefined);
    }
  }

  #forget(folder: string): void {
    this.#below.get(folder)?.close();
    this.#below.delete(folder);
  }

  close(): void {
    for (const folder of [...this.#below.keys()]) this.#forget(folder);
    this.#identity = undefined;
    void this.#watcher?.close();
    this.#watcher = undefined;
  }
}
