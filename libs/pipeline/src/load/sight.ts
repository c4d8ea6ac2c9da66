import { setTimeout as delay } from 'node:timers/promises';
import { type FileToParse, findVersions } from '@sluice/ledger';
import { messageOf } from '@sluice/process';
import type { FleetMember, StageWorker } from '@sluice/staging';
import type { FeedStores } from '../stores.ts';

/** How long a job is left to other workers, and how often this worker checks whether it sees the folder again. */
export const UNSEEN_MS = 5_000;

/**
 * Whether this worker sees the source folder. A missing file may be gone, which only the watcher decides, or this worker sees
 * another folder: a mount is missing, or SOURCE_DIR is wrong. It assumes another folder unless it has already seen a registered
 * file in this one. Then the parses pause, except for occasional tries, and the fleet is told until the worker sees the folder.
 */
export class Sight {
  readonly #stores: Pick<FeedStores, 'log' | 'feed' | 'sql'>;
  readonly #parses: StageWorker;
  readonly #mayGoOn: () => boolean;
  readonly #onChange: () => void;
  readonly #stopping: AbortSignal;
  /** The identity of the folder in which it last saw a registered file. */
  #known: string | undefined;
  #missed: FileToParse | undefined;
  #looking = false;

  constructor(
    stores: Pick<FeedStores, 'log' | 'feed' | 'sql'>,
    o: {
      readonly parses: StageWorker;
      /** False while something else pauses the parses. */
      mayGoOn(): boolean;
      onChange(): void;
      readonly stopping: AbortSignal;
    },
  ) {
    this.#stores = stores;
    this.#parses = o.parses;
    this.#mayGoOn = o.mayGoOn;
    this.#onChange = o.onChange;
    this.#stopping = o.stopping;
  }

  /** What the heartbeat tells the fleet. */
  get notVisible(): FleetMember['notVisible'] {
    if (this.#missed === undefined) return undefined;
    return { folder: this.#stores.feed.source.path, file: this.#missed.name, files: 1 };
  }

  /** Call it when a version was found as it was registered. */
  async saw(): Promise<void> {
    this.#known = (await this.#stores.feed.source.identity()) ?? this.#known;
    this.#over();
  }

  /** Call it when this version was not there, or its name had another content. */
  async missed(file: FileToParse): Promise<void> {
    const { feed, log } = this.#stores;
    const identity = await feed.source.identity();
    if (identity !== undefined && identity === this.#known) return;
    const first = this.#missed === undefined;
    this.#missed = file;
    await this.#parses.pause();
    if (!first) return;
    const hint = 'mount the folder of the watcher there, or set SOURCE_DIR to it; other workers go on';
    log.error(
      { folder: feed.source.path, file: file.name, hint },
      'this worker does not see the source folder',
    );
    this.#onChange();
    if (!this.#looking) void this.#lookUntilSeen();
  }

  async #lookUntilSeen(): Promise<void> {
    this.#looking = true;
    while (this.#missed !== undefined && !this.#stopping.aborted) {
      await delay(UNSEEN_MS, undefined, { signal: this.#stopping }).catch(() => undefined);
      if (this.#missed === undefined || this.#stopping.aborted) break;
      if (await this.#seesNow(this.#missed)) this.#over();
      // This is one try, because other workers may have loaded the file.
      else if (this.#mayGoOn()) this.#parses.resume();
    }
    this.#looking = false;
  }

  /** Also true when the watcher has found that the file is gone: then this worker was not the problem. */
  async #seesNow(file: FileToParse): Promise<boolean> {
    const { feed, sql, log } = this.#stores;
    try {
      const identity = await feed.source.identity();
      if (identity !== undefined && identity === this.#known) return true;
      const { files } = await feed.source.looks([file.name]);
      if (files[0]?.token === file.token) {
        this.#known = identity;
        return true;
      }
      return (await findVersions(sql, [file])).some(({ fileNo, gone }) => fileNo === file.fileNo && gone);
    } catch (error) {
      log.debug({ reason: messageOf(error) }, 'cannot look for the folder now');
      return false;
    }
  }

  #over(): void {
    if (this.#missed === undefined) return;
    this.#missed = undefined;
    this.#stores.log.info(
      { folder: this.#stores.feed.source.path },
      'this worker sees the source folder again',
    );
    if (this.#mayGoOn()) this.#parses.resume();
    this.#onChange();
  }
}
