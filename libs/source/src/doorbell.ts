import { type FSWatcher, watch } from 'chokidar';

/**
 * Rings when something changes in a folder. It only rings: what changed is found by a scan, so a lost event loses no
 * file. chokidar watches the folder alone; watching each file would take an inotify watch apiece, and past the
 * system's limit it would miss files without a word.
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

  /** Watches the folder of this identity, undefined while there is none. One that was made again is watched again. */
  async watch(identity: string | undefined): Promise<void> {
    if (this.isOf(identity)) return;
    await this.close();
    this.#identity = identity;
    if (identity === undefined) return;
    this.#watcher = watch(this.#path, { ignored: (path) => path !== this.#path, ignoreInitial: true });
    this.#watcher.on('raw', this.#ring);
    // What came between the last scan and the first event.
    this.#watcher.on('ready', this.#ring);
    // The scan at every reconcile interval finds what a broken watch does not announce.
    this.#watcher.on('error', this.#ring);
  }

  /** Whether it watches the folder of this identity. */
  isOf(identity: string | undefined): boolean {
    return identity === this.#identity;
  }

  async close(): Promise<void> {
    this.#identity = undefined;
    await this.#watcher?.close();
    this.#watcher = undefined;
  }
}
