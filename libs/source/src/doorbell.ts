import { type FSWatcher, watch } from 'chokidar';

/**
 * Rings when something changes in a folder. It does not say what changed: a scan finds that, so a lost event loses no file.
 * chokidar watches only the folder. Watching each file would take one inotify watch per file, and past the system's limit it
 * would silently miss files.
 */
export class Doorbell {
  readonly #path: string;
  readonly #ring: () => void;
  #watcher: FSWatcher | undefined;
  #identity: string | undefined;

  constructor(path: string, ring: () => void) {
    this.#path = path;
    this.#ring = ring;
  }

  /** Watches the folder with this identity; undefined if there is none. A folder that was created again is watched again. */
  async watch(identity: string | undefined): Promise<void> {
    if (this.isOf(identity)) return;
    await this.close();
    this.#identity = identity;
    if (identity === undefined) return;
    this.#watcher = watch(this.#path, { ignored: (path) => path !== this.#path, ignoreInitial: true });
    this.#watcher.on('raw', this.#ring);
    // Files may have arrived between the last scan and the start of the watch.
    this.#watcher.on('ready', this.#ring);
    // The scan at every reconcile interval finds what a broken watch does not announce.
    this.#watcher.on('error', this.#ring);
  }

  /** Whether it watches the folder with this identity. */
  isOf(identity: string | undefined): boolean {
    return identity === this.#identity;
  }

  async close(): Promise<void> {
    this.#identity = undefined;
    await this.#watcher?.close();
    this.#watcher = undefined;
  }
}
