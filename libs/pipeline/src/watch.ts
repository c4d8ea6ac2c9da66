import { setTimeout as delay } from 'node:timers/promises';
import { untilReady } from '@sluice/redis';
import { Doorbell } from '@sluice/source';
import { Discovery } from './discover.ts';
import { heartbeat } from './heartbeat.ts';
import { Reconciler } from './reconcile.ts';
import { repair } from './repair.ts';
import type { Stores } from './stores.ts';

/** While files wait for room in the queue, how often to look whether there is some. */
const REFILL_MS = 500;
/** A scan may take at most one part in so many of the time, so that a folder of 100,000 files does not eat a core. */
const REST_FACTOR = 4;
const REST_AT_LEAST_MS = 100;

/**
 * The watcher: looks at the folder at the start, when the doorbell rings, when a file may have become stable, and at every
 * reconcile interval; then queues what the ledger says is open. Returns when `stopping` fires.
 */
export async function watch(stores: Stores, stopping: AbortSignal): Promise<void> {
  const { config, folder, redis, log } = stores;
  await folder.ensure();
  let wake = new AbortController();
  const doorbell = new Doorbell(folder.path, () => wake.abort());
  const discovery = new Discovery(stores);
  const reconciler = new Reconciler(stores);
  const trouble = new Trouble(stores.log);
  let reconcileAt = 0;
  const beating = heartbeat('watcher', { concurrency: 1, busy: () => 1 }, stores, stopping);
  log.info({ folder: folder.path }, 'watching');

  while (!stopping.aborted) {
    wake = new AbortController();
    const began = performance.now();
    let rest = config.reconcileInterval;
    try {
      await untilReady(redis, stopping);
      await doorbell.watch(await folder.identity());
      const due = began >= reconcileAt;
      if (due) {
        reconciler.restart();
        reconcileAt = began + config.reconcileInterval;
      }
      // Before the scan, which then makes the checkpoint forget what was cleaned.
      if (due) await stores.cleanUp.sweep();
      const scan = await discovery.scan(due);
      const { queued, again, more } = await reconciler.enqueue();
      if (due) await repair(stores);
      if (queued > 0) log.info({ found: scan.found, registered: scan.registered, queued }, 'queued files');
      if (again > 0) log.warn({ files: again }, 'files had lost their jobs: queued them again');
      rest = Math.min(reconcileAt - performance.now(), scan.stableIn ?? rest, more ? REFILL_MS : rest);
      trouble.over();
    } catch (error) {
      if (stopping.aborted) break;
      trouble.tell(error);
      rest = Math.min(rest, 1_000);
    }
    const took = performance.now() - began;
    await pause(Math.max(REST_AT_LEAST_MS, took * REST_FACTOR), stopping);
    await pause(Math.max(0, rest - took * REST_FACTOR), AbortSignal.any([stopping, wake.signal]));
  }
  await doorbell.close();
  await beating;
}

async function pause(ms: number, until: AbortSignal): Promise<void> {
  // Being woken is what the signal is for.
  await delay(ms, undefined, { signal: until }).catch(() => undefined);
}

/** Says once what is wrong, and once that it is over. */
class Trouble {
  readonly #log: Stores['log'];
  #told: string | undefined;

  constructor(log: Stores['log']) {
    this.#log = log;
  }

  tell(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (reason !== this.#told)
      this.#log.warn({ reason }, 'cannot look for files now; trying again until it works');
    this.#told = reason;
  }

  over(): void {
    if (this.#told !== undefined) this.#log.info('looking for files again');
    this.#told = undefined;
  }
}
