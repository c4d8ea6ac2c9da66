import { busySince, ledgerFeeds } from '@sluice/ledger';
import { type FeedStores, type Health, type HealthFacts, healthOf } from '@sluice/pipeline';

/** Work pauses only when nothing was committed for this many flush intervals. */
const PAUSE_FLUSHES = 2;

type Intervals = Pick<FeedStores['config'], 'flushInterval'>;

const pauseOf = ({ flushInterval }: Intervals): number => PAUSE_FLUSHES * flushInterval;

/** If files come one by one, there is nothing to do after every flush. That is a state only if it lasts. */
export function unhurried(
  health: Health,
  { backlog: { lastCommit } }: HealthFacts,
  config: Intervals,
): Health {
  const rests = lastCommit === null || Date.now() - lastCommit.getTime() >= pauseOf(config);
  return health.doing === 'running' || rests ? health : healthOf('running', health.reasons, health.notices);
}

/**
 * When the pipeline came into this state, as the ledger and Redis tell, so that a dashboard that was restarted and another one say the
 * same. Undefined where they do not tell: then it is when a dashboard first saw it.
 *
 * @param before the state that this dashboard has seen before
 */
export async function beganAt(
  health: Health,
  facts: HealthFacts,
  before: Health | undefined,
  stores: FeedStores,
): Promise<Date | undefined> {
  const { state } = health;
  if (state === 'running') return (await busySince(stores.sql, pauseOf(stores.config))) ?? undefined;
  // What ended when a person was no longer needed did not begin with the last commit.
  if (state === 'idle')
    return before === undefined || before.state === 'running'
      ? (facts.backlog.lastCommit ?? undefined)
      : undefined;
  const worst = health.reasons.filter(({ level }) => level === state);
  const began = await Promise.all(worst.map(({ code }) => reasonBegan(code, facts, stores)));
  return earliest(began);
}

async function reasonBegan(
  code: Health['reasons'][number]['code'],
  { standsFor, flushOverdue, files, processes }: HealthFacts,
  { queues, sql }: FeedStores,
): Promise<Date | undefined> {
  const inNeed = files.files.filter((file) => file.code === code);
  if (inNeed.length > 0) return earliest(inNeed.map(({ closedAt }) => closedAt));
  if (code === 'process_missed') return earliest(processes.missed.map(({ seenAt }) => seenAt));
  if (code === 'standstill') return new Date(Date.now() - standsFor);
  if (code === 'flush_overdue') return new Date(Date.now() - flushOverdue);
  if (code === 'feed_aside') return earliest((await ledgerFeeds(sql)).map(({ asideAt }) => asideAt));
  if (code !== 'failed_batches') return undefined;
  const { failed } = await queues.counts('insert');
  const [oldest] = await queues.jobs('insert', 'failed', Math.max(0, failed - 1), 1);
  return oldest?.endedAt ?? undefined;
}

export function earliest(dates: readonly (Date | null | undefined)[]): Date | undefined {
  const known = dates.flatMap((date) => (date ? [date.getTime()] : []));
  return known.length === 0 ? undefined : new Date(Math.min(...known));
}
