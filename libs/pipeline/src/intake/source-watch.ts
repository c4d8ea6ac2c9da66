import { killPoint } from '@sluice/process';
import { Doorbell } from '@sluice/source';
import type { FleetMember } from '@sluice/staging';
import type { FeedStores } from '../stores.ts';
import { Bell, pause } from './bell.ts';
import type { Standing } from './contracts.ts';
import { Discovery, type Scan } from './discover.ts';
import { GoneFiles } from './gone-files.ts';
import { Trouble } from './trouble.ts';

/** The watcher rests this many times as long as a scan took, so that a folder of 100,000 files does not use a whole core. */
const REST_FACTOR = 4;
const REST_AT_LEAST_MS = 100;
/** How often the whole folder is compared with the ledger, whatever the checkpoint says. It also happens at the start. */
const COMPARE_EVERY_MS = 24 * 3_600_000;
/** How long to wait after an error. */
const RETRY_MS = 1_000;
/** How often to check that the folder is still the same one, because no event announces a mount. */
const SAME_FOLDER_EVERY_MS = 1_000;

const NAMED_AT_MOST = 5;

/** What a watcher reports of one feed. */
export type FeedReport = NonNullable<FleetMember['feeds']>[number];

/**
 * Watches the source folder of one feed: looks at it at the start, when the doorbell rings and at every reconcile interval, and at
 * the waiting files as soon as one of them may have become stable. Each feed has its own, so that a folder that does not answer
 * delays no other feed. A look that hangs cannot be stopped: nothing else is asked of that folder until it answers (`SourceIo`).
 */
export class SourceWatch {
  readonly #stores: FeedStores;
  readonly #enqueue: () => Promise<unknown>;
  readonly #onNews: () => void;
  readonly #bell = new Bell();
  readonly #gone: GoneFiles;
  readonly #discovery: Discovery;
  readonly #trouble: Trouble;
  readonly #end = new AbortController();
  #standing: Standing;
  #lookAt = Number.POSITIVE_INFINITY;
  #compareAt = 0;
  #told = '';

  /** @param o.enqueue queues what is open in the ledger. @param o.onNews is called when there is something new to report */
  constructor(
    stores: FeedStores,
    standing: Standing,
    o: { readonly enqueue: () => Promise<unknown>; readonly onNews: () => void },
  ) {
    this.#stores = stores;
    this.#enqueue = o.enqueue;
    this.#onNews = o.onNews;
    this.#gone = new GoneFiles(stores);
    this.#discovery = new Discovery(stores, this.#gone);
    this.#trouble = new Trouble(stores.log, { feed: stores.feed.name });
    this.#standing = standing;
    this.#discovery.pin(standing.pinned);
  }

  get feed(): FeedStores['feed'] {
    return this.#stores.feed;
  }

  /** What holds for files that are found from now on. A feed that registers again looks at its folder at once. */
  stand(standing: Standing): void {
    const news = JSON.stringify(standing) !== JSON.stringify(this.#standing);
    this.#standing = standing;
    this.#discovery.pin(standing.pinned);
    if (!news) return;
    this.#bell.ring();
    this.#onNews();
  }

  /** What the heartbeat says of this feed. */
  get report(): FeedReport {
    const { source, name: feed } = this.feed;
    const { ambiguous, unclaimed } = this.#discovery.leftOut;
    return {
      feed,
      folder: source.path,
      declared: this.#stores.feeds.declared(feed) !== undefined,
      waiting: this.#discovery.waiting,
      ambiguous: { files: ambiguous.length, names: ambiguous.slice(0, NAMED_AT_MOST) },
      unclaimed,
      outdated: this.#standing.outdated,
    };
  }

  /** What the heartbeat says while the folder does not answer, or is another one than open files were registered from. */
  get notVisible(): NonNullable<FleetMember['notVisible']> {
    const { source, name: feed } = this.feed;
    const { hangs } = source.io;
    const elsewhere = this.#gone.elsewhere ?? (hangs ? { files: 0, file: '' } : undefined);
    return elsewhere === undefined ? [] : [{ feed, folder: source.path, hangs, ...elsewhere }];
  }

  /** Ends {@link run}. */
  stop(): void {
    this.#end.abort();
  }

  /** Watches until it is stopped, or `stopping` fires. */
  async run(stopping: AbortSignal): Promise<void> {
    const ending = AbortSignal.any([stopping, this.#end.signal]);
    const { feed, config, redis, log } = this.#stores;
    const doorbell = new Doorbell(feed.source.path, () => this.#bell.ring());
    let [scanAt, scanNotBefore, reconcileAt] = [0, 0, 0];
    let isMade = false;
    log.info({ feed: feed.name, folder: feed.source.path }, 'watching');
    while (!ending.aborted) {
      try {
        await redis.untilReady(ending);
        if (!isMade && this.#standing.pinned !== undefined) {
          await feed.source.ensure();
          isMade = true;
        }
        const now = performance.now();
        if (now >= scanAt || (this.#bell.rung && now >= scanNotBefore)) {
          this.#bell.silence();
          const due = now >= reconcileAt;
          if (due) reconcileAt = now + config.reconcileInterval;
          await doorbell.watch(await feed.source.identity());
          const scan = await this.#look(due);
          const took = performance.now() - now;
          scanNotBefore = now + took + Math.max(REST_AT_LEAST_MS, took * REST_FACTOR);
          scanAt = Math.max(scanNotBefore, reconcileAt);
          await this.#goOn(scan, 0);
        } else if (now >= this.#lookAt) {
          const scan = await this.#discovery.lookAgain(this.#enqueue);
          await this.#goOn(scan, (performance.now() - now) * REST_FACTOR);
        }
        await this.#enqueue();
        if (this.#trouble.over()) this.#onNews();
      } catch (error) {
        if (ending.aborted) break;
        if (this.#trouble.tell(error)) this.#onNews();
        scanAt = performance.now() + RETRY_MS;
        scanNotBefore = scanAt;
        this.#lookAt = Number.POSITIVE_INFINITY;
      }
      const next = () =>
        Math.min(this.#lookAt, this.#bell.rung ? Math.min(scanAt, scanNotBefore) : scanAt) -
        performance.now();
      await this.#rest(Math.min(config.reconcileInterval, next()), doorbell, ending);
      if (this.#bell.rung) await pause(Math.min(config.reconcileInterval, next()), ending);
    }
    await doorbell.close();
  }

  /** Waits until the bell rings, the folder has been replaced, or `ms` are over. */
  async #rest(ms: number, doorbell: Doorbell, ending: AbortSignal): Promise<void> {
    const until = performance.now() + ms;
    for (let left = ms; left > 0 && !this.#bell.rung && !ending.aborted; left = until - performance.now()) {
      await this.#bell.wait(Math.min(left, SAME_FOLDER_EVERY_MS), ending);
      if (ending.aborted) return;
      if (!doorbell.isOf(await this.feed.source.identity())) this.#bell.ring();
    }
  }

  /** Plans the next look at the waiting files, reports news, and lets no flush cut the batch that these files may fill. */
  async #goOn({ found, registered, stableIn, more }: Scan, rest: number): Promise<void> {
    this.#lookAt =
      stableIn === undefined ? Number.POSITIVE_INFINITY : performance.now() + Math.max(stableIn, rest);
    if (more) this.#bell.ring();
    const { waiting, ...others } = this.report;
    const { files, ...unfinished } = waiting;
    const news = JSON.stringify([files > 0, unfinished, others, this.notVisible]);
    if (news !== this.#told) this.#onNews();
    this.#told = news;
    const contract = this.#standing.pinned?.contractNo;
    if (found + registered > 0 && contract !== undefined) await this.#stores.staging.keepBusy(contract);
  }

  /** One look at the folder. Once a day it asks the ledger for every file. At a reconcile it also sweeps and tidies the checkpoint. */
  async #look(due: boolean): Promise<Scan> {
    // This comes before the scan, which then removes the cleaned files from the checkpoint.
    killPoint('reconcile:before-sweep');
    if (due) await this.feed.cleanUp.sweep();
    killPoint('reconcile:swept');
    const thorough = due && performance.now() >= this.#compareAt;
    const scan = await this.#discovery.scan(due, this.#enqueue, thorough);
    if (thorough) this.#compareAt = performance.now() + COMPARE_EVERY_MS;
    return scan;
  }
}
