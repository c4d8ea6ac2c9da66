import { setTimeout as delay } from 'node:timers/promises';
import { killPoint, messageOf } from '@sluice/process';
import { Doorbell } from '@sluice/source';
import { Heartbeat } from '../observe/heartbeat.ts';
import type { FeedStores, Stores } from '../stores.ts';
import { Discovery, type Scan } from './discover.ts';
import { GoneFiles } from './gone-files.ts';
import { Reconciler } from './reconcile.ts';
import { Repair } from './repair.ts';

/** How often to look for room in the queue while files wait for it. */
const REFILL_MS = 200;
/** The watcher rests this many times as long as a scan took, so that a folder of 100,000 files does not use a whole core. */
const REST_FACTOR = 4;
const REST_AT_LEAST_MS = 100;
/** How often the whole folder is compared with the ledger, whatever the checkpoint says. It also happens at the start. */
const COMPARE_EVERY_MS = 24 * 3_600_000;
/** How long to wait after an error. */
const RETRY_MS = 1_000;
/** How often to check that the folder is still the same one, because no event announces a mount. */
const SAME_FOLDER_EVERY_MS = 1_000;

/**
 * The watcher. It looks at the folder at the start, when the doorbell rings and at every reconcile interval, and at the waiting
 * files as soon as one of them may have become stable. Then it queues what is open in the ledger. Returns when `stopping` fires.
 */
export async function watch(stores: FeedStores, stopping: AbortSignal): Promise<void> {
  const { feed, config, redis, log } = stores;
  await feed.source.ensure();
  const bell = new Bell();
  const doorbell = new Doorbell(feed.source.path, () => bell.ring());
  const gone = new GoneFiles(stores);
  const discovery = new Discovery(stores, gone);
  const reconciler = new Reconciler(stores);
  const repair = new Repair(stores);
  const trouble = new Trouble(stores.log);
  const more = () => ({
    waiting: discovery.waiting,
    notVisible: gone.elsewhere && [
      { feed: feed.name, folder: feed.source.path, ...gone.elsewhere, hangs: false },
    ],
  });
  const beat = new Heartbeat('watcher', { concurrency: 1, busy: () => 1, more }, stores);
  const beating = beat.run(stopping);
  let [scanAt, scanNotBefore, reconcileAt, lookAt, compareAt] = [0, 0, 0, Number.POSITIVE_INFINITY, 0];
  let told = '';
  log.info({ folder: feed.source.path }, 'watching');

  while (!stopping.aborted) {
    let lookAgainIn = config.reconcileInterval;
    try {
      await redis.untilReady(stopping);
      const now = performance.now();
      if (now >= scanAt || (bell.rung && now >= scanNotBefore)) {
        bell.silence();
        const due = now >= reconcileAt;
        if (due) reconcileAt = now + config.reconcileInterval;
        const scan = await look(due);
        const took = performance.now() - now;
        scanNotBefore = now + took + Math.max(REST_AT_LEAST_MS, took * REST_FACTOR);
        scanAt = Math.max(scanNotBefore, reconcileAt);
        goOn(scan, 0);
      } else if (now >= lookAt) {
        const scan = await discovery.lookAgain(enqueue);
        goOn(scan, (performance.now() - now) * REST_FACTOR);
      }
      if (await enqueue()) lookAgainIn = REFILL_MS;
      trouble.over();
    } catch (error) {
      if (stopping.aborted) break;
      trouble.tell(error);
      scanAt = performance.now() + RETRY_MS;
      scanNotBefore = scanAt;
      lookAt = Number.POSITIVE_INFINITY;
    }
    const next = () =>
      Math.min(lookAt, bell.rung ? Math.min(scanAt, scanNotBefore) : scanAt) - performance.now();
    await rest(Math.min(lookAgainIn, next()));
    if (bell.rung) await pause(Math.min(lookAgainIn, next()), stopping);
  }
  await doorbell.close();
  await beating;

  /** Waits until the bell rings, the folder has been replaced, or `ms` are over. */
  async function rest(ms: number): Promise<void> {
    const until = performance.now() + ms;
    for (let left = ms; left > 0 && !bell.rung && !stopping.aborted; left = until - performance.now()) {
      await bell.wait(Math.min(left, SAME_FOLDER_EVERY_MS), stopping);
      if (!doorbell.isOf(await feed.source.identity())) bell.ring();
    }
  }

  /** Plans the next look at the waiting files, and reports them in a heartbeat. */
  function goOn({ stableIn, more }: Scan, rest: number): void {
    lookAt = stableIn === undefined ? Number.POSITIVE_INFINITY : performance.now() + Math.max(stableIn, rest);
    if (more) bell.ring();
    const { files, ...unfinished } = discovery.waiting;
    const news = JSON.stringify([files > 0, unfinished, gone.elsewhere]);
    if (news !== told) beat.now();
    told = news;
  }

  /** True when there are more files than the queue takes now. */
  async function enqueue(): Promise<boolean> {
    const { queued, again, more } = await reconciler.enqueue();
    if (queued > 0) log.info({ files: queued }, 'queued files');
    if (again > 0) log.warn({ files: again }, 'files had lost their jobs: queued them again');
    return more;
  }

  /**
   * One look at the folder. Once a day it asks the ledger for every file. At a reconcile it also sweeps, tidies the checkpoint,
   * repairs, and starts again with the oldest file.
   */
  async function look(due: boolean): Promise<Scan> {
    await doorbell.watch(await feed.source.identity());
    if (due) await stores.upkeep.removeForeignKeys(stores.feeds.list().map(({ name }) => name));
    // This comes before the scan, which then removes the cleaned files from the checkpoint.
    killPoint('reconcile:before-sweep');
    if (due) await stores.feed.cleanUp.sweep();
    killPoint('reconcile:swept');
    const thorough = due && performance.now() >= compareAt;
    const scan = await discovery.scan(due, enqueue, thorough);
    if (thorough) compareAt = performance.now() + COMPARE_EVERY_MS;
    if (due) {
      reconciler.restart();
      killPoint('reconcile:before-repair');
      await repair.look();
      killPoint('reconcile:repaired');
    }
    return scan;
  }
}

/** Remembers that it rang, and wakes the code that waits. */
class Bell {
  rung = false;
  #wake = new AbortController();

  ring(): void {
    this.rung = true;
    this.#wake.abort();
  }

  silence(): void {
    this.rung = false;
    this.#wake = new AbortController();
  }

  /** Waits until it rings, `ms` are over, or `stopping` fires. */
  async wait(ms: number, stopping: AbortSignal): Promise<void> {
    await pause(ms, AbortSignal.any([stopping, this.#wake.signal]));
  }
}

async function pause(ms: number, until: AbortSignal): Promise<void> {
  // The signal only ends the pause early, so its abort is not an error.
  await delay(Math.max(0, ms), undefined, { signal: until }).catch(() => undefined);
}

/** Logs once what is wrong, and once that it is over. */
class Trouble {
  readonly #log: Stores['log'];
  #told: string | undefined;

  constructor(log: Stores['log']) {
    this.#log = log;
  }

  tell(error: unknown): void {
    const reason = messageOf(error);
    if (reason !== this.#told)
      this.#log.warn({ reason }, 'cannot look for files now; trying again until it works');
    this.#told = reason;
  }

  over(): void {
    if (this.#told !== undefined) this.#log.info('looking for files again');
    this.#told = undefined;
  }
}
