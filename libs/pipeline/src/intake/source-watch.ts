import { killPoint } from '@sluice/process';
import { type Doorbell, HANGS, SourceAway } from '@sluice/source';
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
/** The same between two looks at single files, so that those that come together are registered together. */
const LOOK_REST_FACTOR = 1;
const LOOK_REST_AT_LEAST_MS = 10;
/**
 * The rest after a look that found nothing, in a source of which only a part is listed as a rule, and after each look at all of such a
 * source: this many times the CPU that the process has used meanwhile. So a bucket of a million files costs 1 % of a core.
 */
const CPU_REST_FACTOR = 100;
/** With more events than this between two looks, some may have been lost, and the whole folder is looked at. */
const EVENTS_AT_MOST = 1_000;
/** How often the whole folder is compared with the ledger, whatever the checkpoint says. It also happens at the start. */
const COMPARE_EVERY_MS = 24 * 3_600_000;
/** How long to wait after an error. */
const RETRY_MS = 1_000;
/** How often to check that the folder is still the same one, because no event announces a mount. */
const SAME_FOLDER_EVERY_MS = 1_000;

/** For how long a source must have been away before a person is told. */
const AWAY_AFTER_MS = 3_000;

/** A name or a folder that begins with a dot. */
const HIDDEN = /(?:^|\/)\./;

const NAMED_AT_MOST = 5;

/** What a watcher reports of one feed. */
export type FeedReport = NonNullable<FleetMember['feeds']>[number];

/**
 * Watches the source folder of one feed: looks at all of it at the start and at every reconcile interval, at a file when the doorbell
 * rings for it, and at waiting files as soon as they may have become stable. Each feed has its own, so that a folder that does not answer
 * delays no other feed. A look that hangs cannot be stopped: nothing else is asked of that folder until it answers (`SourceIo`).
 */
export class SourceWatch {
  readonly #stores: FeedStores;
  readonly #enqueue: () => void;
  readonly #onNews: () => void;
  readonly #bell = new Bell();
  readonly #gone: GoneFiles;
  readonly #discovery: Discovery;
  readonly #trouble: Trouble;
  readonly #end = new AbortController();
  #standing: Standing;
  /** The files for which the doorbell has rung, by their names in the ledger, and how often it has rung, since the last look. */
  #news = new Set<string>();
  #events = 0;
  /** The whole folder must be looked at. */
  #scanSoon = false;
  /** When the next waiting file may be stable. */
  #lookAt = Number.POSITIVE_INFINITY;
  #compareAt = 0;
  /** Not before this time all of a source is looked at of which only a part is listed as a rule. */
  #wholeNotBefore = 0;
  #told = '';
  #listing: FeedReport['listing'];
  #away: FeedReport['away'];

  /** @param o.enqueue queues what is open in the ledger. @param o.onNews is called when there is something new to report */
  constructor(
    stores: FeedStores,
    standing: Standing,
    o: { readonly enqueue: () => void; readonly onNews: () => void },
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
    this.#hear(undefined);
    this.#onNews();
  }

  /** What the heartbeat says of this feed. */
  get report(): FeedReport {
    const { source, name: feed } = this.feed;
    const { leftOut, unreadable } = this.#discovery;
    const { ambiguous, ...ignored } = leftOut;
    return {
      feed,
      folder: source.path,
      declared: this.#stores.feeds.declared(feed) !== undefined,
      waiting: this.#discovery.waiting,
      ambiguous: { files: ambiguous.length, names: ambiguous.slice(0, NAMED_AT_MOST) },
      unreadable: {
        files: unreadable.length,
        names: unreadable.slice(0, NAMED_AT_MOST).map(({ name }) => name),
        tokens: unreadable.slice(0, NAMED_AT_MOST).map(({ token }) => token),
      },
      ...ignored,
      outdated: this.#standing.outdated,
      listing: this.#listing,
      away: this.#away,
    };
  }

  /** What the heartbeat says while the folder does not answer, or is another one than open files were registered from. */
  get notVisible(): NonNullable<FleetMember['notVisible']> {
    const { source, name: feed } = this.feed;
    const away = this.#away !== undefined && Date.now() - this.#away.since >= AWAY_AFTER_MS;
    const hangs = source.io.hangs || away;
    const elsewhere = this.#gone.elsewhere ?? (hangs ? { files: 0, file: '' } : undefined);
    if (elsewhere === undefined) return [];
    const { why, hint } = (away && !this.#away?.hangs ? this.#away : undefined) ?? {};
    return [{ feed, folder: source.path, hangs, why, hint, ...elsewhere }];
  }

  /** Ends {@link run}. */
  stop(): void {
    this.#end.abort();
  }

  /** Takes the name of what has changed in the folder; undefined when anything may have changed. */
  #hear(bareName: string | undefined): void {
    const { source } = this.feed;
    const claim = bareName === undefined ? undefined : source.claim(bareName);
    this.#events += 1;
    if (bareName !== undefined && claim === 'own') this.#news.add(source.nameOf(bareName));
    // A name with a dot is that of a file that is still being brought, or of one that is being cleaned up.
    else if (claim === 'other' || (claim === 'unclaimed' && bareName !== undefined && HIDDEN.test(bareName)))
      return;
    // Only a scan tells which files no feed takes.
    else this.#scanSoon = true;
    if (this.#events > EVENTS_AT_MOST) this.#scanSoon = true;
    this.#bell.ring();
  }

  /** Takes what the doorbell has rung for. */
  #heard(): Set<string> {
    const news = this.#news;
    this.#news = new Set();
    this.#events = 0;
    this.#bell.silence();
    return news;
  }

  /** Watches until it is stopped, or `stopping` fires. */
  async run(stopping: AbortSignal): Promise<void> {
    const ending = AbortSignal.any([stopping, this.#end.signal]);
    const { feed, config, redis, log } = this.#stores;
    const doorbell = feed.source.doorbell((name) => this.#hear(name));
    let [scanAt, scanNotBefore, lookNotBefore, reconcileAt] = [0, 0, 0, 0];
    let isMade = false;
    const nextScan = () => (this.#scanSoon ? Math.min(scanAt, scanNotBefore) : scanAt);
    const nextLook = () => Math.max(lookNotBefore, this.#news.size > 0 ? 0 : this.#lookAt);
    log.info({ feed: feed.name, folder: feed.source.path }, 'watching');
    while (!ending.aborted) {
      try {
        await redis.untilReady(ending);
        if (!isMade && this.#standing.pinned !== undefined) {
          await feed.source.ensure();
          isMade = true;
        }
        const now = performance.now();
        if (now >= nextScan()) {
          this.#heard();
          this.#scanSoon = false;
          const due = now >= reconcileAt && now >= this.#wholeNotBefore;
          if (due) reconcileAt = now + config.reconcileInterval;
          await doorbell.watch();
          scanNotBefore = await this.#scan(due);
          scanAt = Math.max(scanNotBefore, reconcileAt, this.#wholeNotBefore);
        } else if (now >= nextLook()) {
          const scan = await this.#discovery.lookAgain(this.#enqueue, this.#heard());
          const took = performance.now() - now;
          lookNotBefore = now + took + Math.max(LOOK_REST_AT_LEAST_MS, took * LOOK_REST_FACTOR);
          await this.#goOn(scan);
        }
        if (this.#trouble.over()) this.#onNews();
      } catch (error) {
        if (ending.aborted) break;
        const news = this.#trouble.tell(error);
        if (error instanceof SourceAway) this.#isAway(error);
        if (news) this.#onNews();
        scanAt = performance.now() + RETRY_MS;
        scanNotBefore = scanAt;
        this.#lookAt = Number.POSITIVE_INFINITY;
        this.#heard();
      }
      await this.#rest(() => Math.min(nextScan(), nextLook()), doorbell, ending);
    }
    doorbell.close();
  }

  /** Looks at the source, and returns when it may be looked at again, in monotonic ms. */
  async #scan(due: boolean): Promise<number> {
    const { listsRecent } = this.feed.source.traits;
    const [began, cpu] = [performance.now(), process.cpuUsage()];
    const scan = await this.#look(due);
    const now = performance.now();
    const { user, system } = process.cpuUsage(cpu);
    const rest = now + CPU_REST_FACTOR * Math.min(now - began, (user + system) / 1_000);
    if (due || !listsRecent) {
      this.#listing = { at: Date.now(), ms: Math.round(now - began), files: this.#discovery.files };
      if (listsRecent) this.#wholeNotBefore = rest;
    }
    this.#away = undefined;
    await this.#goOn(scan);
    this.#enqueue();
    const isQuiet = listsRecent && scan.found + scan.registered === 0;
    return Math.max(now + REST_AT_LEAST_MS, isQuiet ? rest : now + (now - began) * REST_FACTOR);
  }

  #isAway({ code, message, hint }: SourceAway): void {
    this.#away = { since: this.#away?.since ?? Date.now(), why: message, hint, hangs: code === HANGS };
  }

  /** Waits until `next`, which comes sooner when the bell rings, or until the folder has been replaced. */
  async #rest(next: () => number, doorbell: Doorbell, ending: AbortSignal): Promise<void> {
    for (;;) {
      const left = next() - performance.now();
      if (left <= 0 || ending.aborted) return;
      // A bell that has rung already does not end the wait, so what it rings for meanwhile is seen soon.
      if (this.#bell.rung) await pause(Math.min(left, REST_AT_LEAST_MS / 4), ending);
      else await this.#bell.wait(Math.min(left, SAME_FOLDER_EVERY_MS), ending);
      if (ending.aborted) return;
      if (!this.#bell.rung && !(await doorbell.isCurrent())) this.#hear(undefined);
    }
  }

  /** Plans the next look at the waiting files, reports news, and lets no flush cut the batch that these files may fill. */
  async #goOn({ found, registered, more }: Scan): Promise<void> {
    this.#lookAt = this.#discovery.nextDue;
    if (more) this.#hear(undefined);
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
