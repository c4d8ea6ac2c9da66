import { setTimeout as delay } from 'node:timers/promises';
import { type FeedStores, type HealthReason, judgeHealth, readHealthFacts } from '@sluice/pipeline';
import { messageOf } from '@sluice/process';
import { printable } from './printable.ts';
import type { Screen } from './screen.ts';

const LOOK_EVERY_MS = 3_000;
/** After each look it rests this many times as long as the look took, because the folders may hold many files. */
const REST_FACTOR = 10;

/**
 * Tells of each reason once, at the second look in a row that finds it: a start, and a file that has just landed, may look like a reason
 * for a moment.
 *
 * @internal Exported for its test.
 */
export class ToldReasons {
  #before = new Set<string>();
  #told = new Set<string>();

  /** Those of the reasons that are to be told now. One that went away is told again when it comes back. */
  news(reasons: readonly HealthReason[]): HealthReason[] {
    const keys = new Map(reasons.map((one) => [`${one.code} ${one.subject} ${one.version}`, one]));
    this.#told = new Set([...this.#told].filter((key) => keys.has(key)));
    const news = [...keys].filter(([key]) => this.#before.has(key) && !this.#told.has(key));
    for (const [key] of news) this.#told.add(key);
    this.#before = new Set(keys.keys());
    return news.map(([, one]) => one);
  }
}

/** Says on the screen what needs a person, with what to do, until `until` fires. */
export async function tellHealth(stores: FeedStores, screen: Screen, until: AbortSignal): Promise<void> {
  const told = new ToldReasons();
  while (!until.aborted) {
    const began = performance.now();
    try {
      const { reasons } = judgeHealth(await readHealthFacts(stores));
      for (const { level, text, todo } of until.aborted ? [] : told.news(reasons))
        screen.warn(
          `${screen.style('bold', level === 'stuck' ? 'Stuck:' : 'Needs attention:')} ${printable(`${text}: ${todo}`)}`,
        );
    } catch (error) {
      // The progress says that a server is away, and the children log it.
      stores.log.debug({ reason: messageOf(error) }, 'cannot look at the health now');
    }
    const rest = Math.max(LOOK_EVERY_MS, (performance.now() - began) * REST_FACTOR);
    await delay(rest, undefined, { signal: until }).catch(() => undefined);
  }
}
