import { basename } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import type { Doorbell } from '../source.ts';

/**
 * Rings when something changes in a folder, with the name of what changed if that is known. chokidar watches only the folder. Watching
 * each file would take one inotify watch for each, and past the system's limit files would be missed silently.
 */
export class FolderDoorbell implements Doorbell {
  readonly #path: string;
  readonly #identify: () => Promise<string | undefined>;
  readonly #ring: (name: string | undefined) => void;
  #watcher: FSWatcher | undefined;
  #identity: string | undefined;

  constructor(
    { path, identity }: { readonly path: string; identity(): Promise<string | undefined> },
    ring: (name: string | undefined) => void,
  ) {
    this.#path = path;
    this.#identify = identity;
    this.#ring = ring;
  }

  /** A folder that was created again is watched again. */
  async watch(): Promise<void> {
    const identity = await this.#identify();
    if (identity === this.#identity) return;
    this.close();
    this.#identity = identity;
    if (identity === undefined) return;
    const ignored = (path: string) => path !== this.#path;
    this.#watcher = watch(this.#path, { ignored, ignoreInitial: true });
    this.#watcher.on('raw', (_, name) => this.#ring(this.#nameOf(name)));
    // Files may have arrived between the last scan and the start of the watch.
    this.#watcher.on('ready', () => this.#ring(undefined));
    // The scan at every reconcile interval finds what a watch that is broken, or one too many, does not announce.
    this.#watcher.on('error', () => this.#ring(undefined));
  }

  /** The folder announces its own end under its own name. A name that is not UTF-8 cannot be looked at. */
  #nameOf(name: string | null): string | undefined {
    return name === null || name === basename(this.#path) || name.includes('\uFFFD') ? undefined : name;
  }

  /** No event announces that another folder was mounted there. */
  async isCurrent(): Promise<boolean> {
    return (await this.#identify()) === this.#identity;
  }

  close(): void {
    this.#identity = undefined;
    void this.#watcher?.close();
    this.#watcher = undefined;
  }
}
