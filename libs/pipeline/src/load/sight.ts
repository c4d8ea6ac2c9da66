import { setTimeout as delay } from 'node:timers/promises';
import { feedOf } from '@sluice/core';
import { type FileToParse, findVersions } from '@sluice/ledger';
import { messageOf } from '@sluice/process';
import type { FleetMember, StageWorker } from '@sluice/staging';
import type { Stores } from '../stores.ts';
import type { AwayWhy } from './parse-file.ts';

/** How long a job is left to other workers, and how often this worker checks whether it sees the folder again. */
const UNSEEN_MS = 5_000;

/** For how long the identity of a folder counts in which files are seen one after the other, because asking costs as much as reading. */
const KNOWN_FOR_MS = 1_000;

/** Why a file was not seen: it was not there as it was registered, or its source did not answer. */
type Missed = 'unseen' | 'hangs';

/** A feed whose source this process does not see. */
interface Blind {
  readonly file: FileToParse;
  readonly why: Missed;
  /** What the source says, and what to do. */
  readonly away: AwayWhy;
  /** Null: this process knows no source of the feed. */
  readonly folder: string | null;
  /** One job may try, because other workers may have loaded the file. */
  mayTry: boolean;
}

/**
 * Whether this worker sees the sources of its feeds. A missing file may be gone, which only the watcher decides, or this worker
 * sees another folder: a mount is missing, or the source is set wrong. It assumes another folder unless it has already seen a
 * registered file in this one. Then the jobs of that feed go back, except for occasional tries, and the fleet is told until the
 * worker sees the folder. The other feeds go on. With no feed left, the parses pause, so that other workers get the jobs.
 */
export class Sight {
  readonly #stores: Pick<Stores, 'log' | 'feeds' | 'sql'>;
  readonly #parses: StageWorker;
  readonly #mayGoOn: () => boolean;
  readonly #onChange: () => void;
  readonly #stopping: AbortSignal;
  /** By feed: the identity of the folder in which this worker last saw a registered file, and when it was asked for. */
  readonly #known = new Map<string, { readonly identity: string; readonly at: number }>();
  readonly #blind = new Map<string, Blind>();
  #looking = false;

  constructor(
    stores: Pick<Stores, 'log' | 'feeds' | 'sql'>,
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
    if (this.#blind.size === 0) return undefined;
    return [...this.#blind].map(([feed, { folder, file, why, away }]) => {
      const { why: said, hint } = away;
      return { feed, folder, file: file.name, files: 1, hangs: why === 'hangs', why: said, hint };
    });
  }

  /** How long a job of this feed is left to other workers, in ms; undefined when this one may try it. */
  wait(feed: string): number | undefined {
    const blind = this.#blind.get(feed);
    if (blind === undefined) return undefined;
    const { mayTry } = blind;
    blind.mayTry = false;
    return mayTry ? undefined : UNSEEN_MS;
  }

  /**
   * Call it when a version of this feed was found as it was registered. Where the folder was exchanged within the last second, the
   * next missing file makes this worker blind for a moment longer, which loses nothing.
   */
  async saw(name: string): Promise<void> {
    if (performance.now() - (this.#known.get(name)?.at ?? Number.NEGATIVE_INFINITY) > KNOWN_FOR_MS) {
      const identity = await this.#stores.feeds.get(name)?.source.identity();
      if (identity !== undefined) this.#know(name, identity);
    }
    this.#over(name);
  }

  #know(name: string, identity: string): void {
    this.#known.set(name, { identity, at: performance.now() });
  }

  /** Call it when this version was not seen. Returns how long its job is left to other workers, in ms. */
  async missed(file: FileToParse, why: Missed, away: AwayWhy = {}): Promise<number> {
    const { feeds, log } = this.#stores;
    const name = feedOf(file.name);
    const feed = await feeds.ofFile(file.name);
    const identity = feed && why === 'unseen' ? await feed.source.identity() : undefined;
    if (identity !== undefined && identity === this.#known.get(name)?.identity) return UNSEEN_MS;
    const first = !this.#blind.has(name);
    const folder = feed?.source.path ?? null;
    this.#blind.set(name, { file, why, away, folder, mayTry: false });
    if (feeds.list().every((one) => this.#blind.has(one.name))) await this.#parses.pause();
    if (!first) return UNSEEN_MS;
    const hint = away.hint ?? HINTS[why];
    log.error(
      { feed: name, folder, file: file.name, ...(away.why && { reason: away.why }), hint },
      away.why === undefined ? SAID[why] : AWAY,
    );
    this.#onChange();
    if (!this.#looking) void this.#lookUntilSeen();
    return UNSEEN_MS;
  }

  async #lookUntilSeen(): Promise<void> {
    this.#looking = true;
    while (this.#blind.size > 0 && !this.#stopping.aborted) {
      await delay(UNSEEN_MS, undefined, { signal: this.#stopping }).catch(() => undefined);
      for (const [name, blind] of this.#blind) {
        if (this.#stopping.aborted) break;
        if (await this.#seesNow(name, blind)) this.#over(name);
        else blind.mayTry = true;
      }
      if (this.#mayGoOn()) this.#parses.resume();
    }
    this.#looking = false;
  }

  /** Also true when the watcher has found that the file is gone: then this worker was not the problem. */
  async #seesNow(name: string, { file }: Blind): Promise<boolean> {
    const { feeds, sql, log } = this.#stores;
    try {
      const feed = await feeds.ofFile(file.name);
      const identity = feed && (await feed.source.identity());
      if (feed === undefined || identity === undefined) return false;
      if (identity === this.#known.get(name)?.identity) return true;
      const { files } = await feed.source.looks([file.name]);
      if (files[0]?.token === file.token) {
        this.#know(name, identity);
        return true;
      }
      return (await findVersions(sql, [file])).some(({ fileNo, gone }) => fileNo === file.fileNo && gone);
    } catch (error) {
      log.debug({ feed: name, reason: messageOf(error) }, 'cannot look for the folder now');
      return false;
    }
  }

  #over(name: string): void {
    const blind = this.#blind.get(name);
    if (blind === undefined) return;
    this.#blind.delete(name);
    this.#stores.log.info({ feed: name, folder: blind.folder }, 'this worker sees the source folder again');
    if (this.#mayGoOn()) this.#parses.resume();
    this.#onChange();
  }
}

const AWAY = 'this worker cannot ask the source';

const SAID: Readonly<Record<Missed, string>> = {
  unseen: 'this worker does not see the source folder',
  hangs: 'the source folder does not answer this worker',
};

const HINTS: Readonly<Record<Missed, string>> = {
  unseen:
    'mount the folder of the watcher there, or set the source of the feed to it (SOURCE_DIR for events); other workers go on',
  hangs: 'see to the mount; the files of the other feeds are loaded meanwhile',
};
