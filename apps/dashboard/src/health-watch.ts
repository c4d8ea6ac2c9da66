import { setTimeout as delay } from 'node:timers/promises';
import {
  countUnseen,
  type FeedStores,
  type Health,
  type HealthFacts,
  type HealthReason,
  healthOf,
  judgeHealth,
  readHealthFacts,
  reason,
} from '@sluice/pipeline';
import { messageOf } from '@sluice/process';
import { beganAt, earliest, unhurried } from './health-since.ts';
import type { ServerWatch } from './server-watch.ts';

/** The health, since when it has this state, and the facts behind it, which are null while a server is away. */
export interface SeenHealth extends Health {
  readonly since: Date;
  readonly facts: HealthFacts | null;
}

const LOOK_EVERY_MS = 5_000;
/** A look is reused for this long, so that two pages at once do not cause two looks. */
const FRESH_MS = 500;

/** Judges the health again and again, and remembers since when it has its state. */
export class HealthWatch {
  readonly #stores: FeedStores;
  readonly #servers: ServerWatch;
  readonly #onChange: (now: SeenHealth, before: SeenHealth | undefined) => void;
  #seen: SeenHealth | undefined;
  #told: SeenHealth | undefined;
  #failure = '';
  readonly #unseen = rarely(countUnseen);
  #look: { readonly at: number; readonly up: string; readonly seen: Promise<SeenHealth> } | undefined;

  constructor(
    stores: FeedStores,
    servers: ServerWatch,
    onChange: (now: SeenHealth, before: SeenHealth | undefined) => void = () => undefined,
  ) {
    this.#stores = stores;
    this.#servers = servers;
    this.#onChange = onChange;
  }

  /** Looks again and again until `stopping` fires. */
  async watch(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      try {
        await this.look();
        this.#failure = '';
      } catch (error) {
        this.#tellFailure(messageOf(error));
      }
      await delay(LOOK_EVERY_MS, undefined, { signal: stopping }).catch(() => undefined);
    }
  }

  /** Logs a failure once for each reason, because the next look is soon. */
  #tellFailure(reason: string): void {
    if (reason !== this.#failure) this.#stores.log.error({ reason }, 'the health cannot be judged');
    this.#failure = reason;
  }

  look(): Promise<SeenHealth> {
    const now = performance.now();
    const { postgres, redis } = this.#servers.states;
    const up = `${postgres.up} ${redis.up}`;
    if (this.#look?.up !== up || now - this.#look.at > FRESH_MS) {
      this.#look = { at: now, up, seen: this.#lookNow() };
    }
    return this.#look.seen;
  }

  async #lookNow(): Promise<SeenHealth> {
    const facts = await this.#servers.askOrNull(['postgres', 'redis'], () =>
      readHealthFacts(this.#stores, this.#unseen),
    );
    const before = this.#seen;
    const { postgres, redis } = this.#servers.states;
    // One slow answer does not change the health. The probe finds out whether it is an outage.
    if (facts === null && postgres.up && redis.up && before !== undefined) return before;
    const health =
      facts === null ? this.#outage() : unhurried(judgeHealth(facts), facts, this.#stores.config);
    const since =
      before?.state === health.state
        ? before.since
        : ((await this.#began(health, facts, before)) ?? new Date());
    const seen = { ...health, since, facts };
    this.#seen = seen;
    this.#tellChange(seen);
    return seen;
  }

  async #began(
    health: Health,
    facts: HealthFacts | null,
    before: Health | undefined,
  ): Promise<Date | undefined> {
    const away = Object.values(this.#servers.states).filter(({ up }) => !up);
    if (facts === null) return earliest(away.map(({ since }) => since));
    const asked = () => beganAt(health, facts, before, this.#stores);
    return (await this.#servers.askOrNull(['postgres', 'redis'], asked)) ?? undefined;
  }

  #tellChange(seen: SeenHealth): void {
    const told = this.#told;
    if (told !== undefined && codes(told) === codes(seen)) return;
    this.#told = seen;
    this.#onChange(seen, told);
  }

  #outage(): Health {
    const { postgres, redis } = this.#servers.states;
    const away = (subject: string, { up, reason: why }: typeof postgres): HealthReason[] => {
      const text = `${subject} is away: ${why}`;
      const todo = 'start it again, or repair the connection; work waits for it, and nothing is lost';
      return up ? [] : [reason({ code: 'outage', subject, text, todo })];
    };
    return healthOf(this.#seen?.doing ?? 'idle', [...away('PostgreSQL', postgres), ...away('Redis', redis)]);
  }
}

/** The folder is not looked at again for this long, and for at least REST_FACTOR times as long as a look takes. */
const FOLDER_EVERY_MS = 20_000;
const REST_FACTOR = 30;

/** A folder may hold 100,000 files. Counting them each time the health is judged would use a whole core. */
function rarely(count: (stores: FeedStores) => Promise<number>): (stores: FeedStores) => Promise<number> {
  let last = { value: 0, until: 0 };
  return async (stores) => {
    const began = performance.now();
    if (began < last.until) return last.value;
    const value = await count(stores);
    const now = performance.now();
    last = { value, until: now + Math.max(FOLDER_EVERY_MS, (now - began) * REST_FACTOR) };
    return value;
  };
}

/** Two healths are the same if their state and their reasons are, and what these are about. The figures do not matter. */
function codes({ state, reasons }: Health): string {
  return JSON.stringify([state, reasons.map(({ code, subject }) => `${code} ${subject}`).sort()]);
}
