import { ensureFlushScheduler, type FlushJob } from '@sluice/redis';
import type { Stores } from './stores.ts';

/**
 * Looks for work that has come to a halt between two stages, sets it going again, and says so: a flush scheduler that
 * is missing, and staged records that no flush has taken for two of its intervals. (Batches without a job are found by every
 * flush; files without one by the reconcile.)
 */
export async function repair({ queues, staging, config, log }: Stores): Promise<void> {
  const made = await ensureFlushScheduler(queues.flush, config.flushInterval);
  const oldest = await staging.oldestWaiting();
  const waited = oldest === undefined ? 0 : Date.now() - oldest;
  if (waited > 2 * config.flushInterval) {
    const data: FlushJob = { v: 1, mode: 'all' };
    await queues.flush.add('flush', data, { deduplication: { id: 'now' } });
    const seconds = Math.round(waited / 1000);
    log.warn(
      { seconds, schedulerWasMissing: made },
      'staged records waited for a flush that did not come: asked for one',
    );
  }
}
