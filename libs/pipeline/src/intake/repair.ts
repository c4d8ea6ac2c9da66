import type { Stores } from '../stores.ts';

/**
 * Looks for work that has come to a halt between two stages, sets it going again, and says so: a flush scheduler that
 * is missing, jobs whose delay never ends, and staged records that no flush has taken for two of its intervals. (Batches
 * without a job are found by every flush; files without one by the reconcile.) How long records wait it sees for itself:
 * the times that other processes noted are of other clocks.
 */
export class Repair {
  readonly #stores: Stores;
  #oldest: { readonly ref: string; readonly since: number } | undefined;

  constructor(stores: Stores) {
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

  /** For how long the same records have been the oldest without a batch, in ms. */
  async #waited(): Promise<number> {
    const ref = await this.#stores.staging.oldestWaiting();
    const now = performance.now();
    if (ref === undefined) this.#oldest = undefined;
    else if (ref !== this.#oldest?.ref) this.#oldest = { ref, since: now };
    return this.#oldest === undefined ? 0 : now - this.#oldest.since;
  }
}
