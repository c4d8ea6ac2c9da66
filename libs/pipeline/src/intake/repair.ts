import type { FeedStores } from '../stores.ts';

/**
 * Finds work that has stopped between two stages, restarts it, and logs that: a missing flush scheduler, jobs whose delay never
 * ends, and staged records that no flush has taken for two flush intervals. (Every flush finds batches without a job, and the
 * reconcile finds files without one.) It measures itself how long records wait, because other processes have other clocks.
 */
export class Repair {
  readonly #stores: FeedStores;
  #oldest: { readonly ref: string; readonly since: number } | undefined;

  constructor(stores: FeedStores) {
    this.#stores = stores;
  }

  async look(): Promise<void> {
    const { ticks, upkeep, config, log } = this.#stores;
    await upkeep.repairJobs();
    const made = await ticks.ensureFlush(config.flushInterval);
    const promoted = await upkeep.promoteOverlong();
    if (promoted > 0) log.warn({ jobs: promoted }, 'jobs waited by a clock that was set back: let them go');
    const waited = await this.#waited();
    if (waited <= 2 * config.flushInterval) return;
    await ticks.askForFlush();
    log.warn(
      { seconds: Math.round(waited / 1000), schedulerWasMissing: made },
      'staged records waited for a flush that did not come: asked for one',
    );
  }

  /** How long the same records have been the oldest without a batch, in ms. */
  async #waited(): Promise<number> {
    const ref = await this.#stores.staging.oldestWaiting();
    const now = performance.now();
    if (ref === undefined) this.#oldest = undefined;
    else if (ref !== this.#oldest?.ref) this.#oldest = { ref, since: now };
    return this.#oldest === undefined ? 0 : now - this.#oldest.since;
  }
}
