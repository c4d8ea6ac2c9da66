import { mistakeLine } from '@sluice/feeds';
import { openFeeds } from '@sluice/ledger';
import { killPoint } from '@sluice/process';
import { totalWaiting } from '../observe/fleet.ts';
import { Heartbeat } from '../observe/heartbeat.ts';
import type { FeedStores, Stores } from '../stores.ts';
import { Bell, pause } from './bell.ts';
import { Contracts } from './contracts.ts';
import { flushWhenIdle } from './idle-flush.ts';
import { Reconciler } from './reconcile.ts';
import { Repair } from './repair.ts';
import { SourceWatch } from './source-watch.ts';
import { Trouble } from './trouble.ts';

/** How often to look for room in the queue while files wait for it. */
const REFILL_MS = 200;
/** How often to look whether a feed that was set aside has come back. */
const ASIDE_MS = 1_000;
/** How long to wait after an error. */
const RETRY_MS = 1_000;
const MISTAKES_TOLD = 10;
/** How long a stop waits for looks at folders. */
const STOP_WITHIN_MS = 5_000;

/**
 * The watcher. It watches the source folder of each feed ({@link SourceWatch}) and queues what is open in the ledger. At its start and
 * at each reconcile it looks for feeds that have appeared, changed or gone. Returns when `stopping` fires. `hanging`: a look at a
 * folder has not ended, so the process cannot end by itself.
 */
export async function watch(stores: FeedStores, stopping: AbortSignal): Promise<'stopped' | 'hanging'> {
  const watches = new Map<string, SourceWatch>();
  const running = new Map<SourceWatch, Promise<void>>();
  const contracts = new Contracts(stores);
  const queue = new Queueing(stores);
  /** Rings when somebody has found that more files are open than can be queued now. */
  const full = new Bell();
  const repair = new Repair(stores);
  const trouble = new Trouble(stores.log);
  const more = () => {
    const all = [...watches.values()];
    const feeds = all.map(({ report }) => report);
    const notVisible = all.flatMap((one) => one.notVisible);
    const mistakes = stores.feeds.mistakes
      .slice(0, MISTAKES_TOLD)
      .map((mistake) => ({ feed: mistake.feed, text: mistakeLine(mistake, stores.config.cwd) }));
    return { feeds, waiting: totalWaiting(feeds), notVisible, mistakes };
  };
  const beat = new Heartbeat('watcher', { concurrency: 1, busy: () => 1, more }, stores);
  const beating = beat.run(stopping);
  // A stop does not wait for its answer from Redis.
  void flushWhenIdle(stores, stopping);
  let reconcileAt = 0;
  let enqueued: Promise<void> | undefined;

  while (!stopping.aborted) {
    let again = stores.config.reconcileInterval;
    try {
      await stores.redis.untilReady(stopping);
      if (performance.now() >= reconcileAt) {
        reconcileAt = performance.now() + stores.config.reconcileInterval;
        await reconcile();
      }
      if (await queue.enqueue()) again = REFILL_MS;
      else if (queue.waitsForTable) again = ASIDE_MS;
      trouble.over();
    } catch (error) {
      if (stopping.aborted) break;
      trouble.tell(error);
      reconcileAt = performance.now() + RETRY_MS;
    }
    await full.wait(Math.min(again, reconcileAt - performance.now()), stopping);
    if (full.rung) await pause(REFILL_MS, stopping);
    full.silence();
  }
  const ended = Promise.all([...running.values(), enqueued]).then(() => 'stopped' as const);
  const patience = new AbortController();
  const outcome = await Promise.race([
    ended,
    pause(STOP_WITHIN_MS, patience.signal).then(() => 'hanging' as const),
  ]);
  patience.abort();
  await beating;
  return outcome;

  /** Queues what was just registered. The next look at a folder does not wait for it. */
  function enqueueSoon(): void {
    enqueued = queue.enqueue().then(
      (more) => {
        if (more || queue.waitsForTable) full.ring();
      },
      // The loop above meets the same error, or has none.
      () => full.ring(),
    );
  }

  async function reconcile(): Promise<void> {
    // This comes before the first scan, which registers files that no job can be of yet.
    await queue.restart();
    const standings = await contracts.look();
    const open = new Set((await openFeeds(stores.sql)).map(({ feed }) => feed));
    // A feed without YAML is watched until what is open is finished.
    const feeds = stores.feeds.list().filter(({ name }) => stores.feeds.declared(name) ?? open.has(name));
    await stores.upkeep.removeForeignKeys(feeds.map(({ name }) => name));
    for (const [name, one] of watches) {
      if (feeds.includes(one.feed)) continue;
      one.stop();
      watches.delete(name);
    }
    for (const feed of feeds) {
      const standing = standings.get(feed.name);
      const known = watches.get(feed.name);
      if (standing === undefined) continue;
      if (known !== undefined) {
        known.stand(standing);
        continue;
      }
      // A feed that has never been in use may have no folder yet.
      if (standing.pinned === undefined && !standing.outdated && !open.has(feed.name)) continue;
      const one = new SourceWatch({ ...stores, feed }, standing, {
        enqueue: enqueueSoon,
        onNews: () => beat.now(),
      });
      watches.set(feed.name, one);
      running.set(
        one,
        one.run(stopping).finally(() => running.delete(one)),
      );
    }
    killPoint('reconcile:before-repair');
    await repair.look();
    killPoint('reconcile:repaired');
  }
}

/** Queues open files for all who ask, one after the other. */
class Queueing {
  readonly #log: Stores['log'];
  readonly #reconciler: Reconciler;
  #running: Promise<boolean> | undefined;
  #next: Promise<boolean> | undefined;

  constructor(stores: Stores) {
    this.#log = stores.log;
    this.#reconciler = new Reconciler(stores);
  }

  /** Starts again with the oldest files. */
  async restart(): Promise<void> {
    await this.#reconciler.restart();
  }

  /** Whether open files wait for a feed that is set aside. */
  get waitsForTable(): boolean {
    return this.#reconciler.waitsForTable;
  }

  /** True when there are more files than the queue takes now. Who asks while it runs gets the result of the next run. */
  async enqueue(): Promise<boolean> {
    if (this.#running === undefined) {
      this.#running = this.#run().finally(() => {
        this.#running = undefined;
      });
      return await this.#running;
    }
    const after = this.#running.catch(() => undefined);
    this.#next ??= after.then(async () => {
      this.#next = undefined;
      return await this.enqueue();
    });
    return await this.#next;
  }

  async #run(): Promise<boolean> {
    const { queued, again, more } = await this.#reconciler.enqueue();
    if (queued > 0) this.#log.info({ files: queued }, 'queued files');
    if (again > 0) this.#log.warn({ files: again }, 'files had lost their jobs: queued them again');
    return more;
  }
}
