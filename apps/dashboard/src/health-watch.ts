import { setTimeout as delay } from 'node:timers/promises';
import {
  countUnseen,
  type FeedStores,
  type FolderLooks,
  type Health,
  type HealthFacts,
  type HealthReason,
  healthOf,
  judgeHealth,
  readFileNeeds,
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
/** What needs attention is reported when it has lasted this long: a dashboard may start a moment before the watcher does. */
const ATTENTION_AFTER_MS = 5_000;
/** A look is reused for this long, so that two pages at once do not cause two looks. */
const FRESH_MS = 500;

/** Judges the health again and again, and remembers since when it has its state. */
export class HealthWatch {
  readonly #stores: FeedStores;
  readonly #servers: ServerWatch;
  readonly #onChange: (now: SeenHealth, before: SeenHealth | undefined) => void;
  #seen: SeenHealth | undefined;
  #told: SeenHealth | undefined;
  /** Since when it needs attention, by the clock of this process. */
  #attentionAt: number | undefined;
  #failure = '';
  #looks = looks();
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

  /** Somebody has acted, so the next look finds everything out again. */
  lookAgain(): void {
    this.#looks = looks();
    this.#look = undefined;
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
      readHealthFacts(this.#stores, this.#looks),
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
    const now = performance.now();
    this.#attentionAt = seen.state === 'attention' ? (this.#attentionAt ?? now) : undefined;
    if (this.#attentionAt !== undefined && now - this.#attentionAt < ATTENTION_AFTER_MS) return;
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

/** A folder is not looked at again for this long, and for at least REST_FACTOR times as long as a look takes. */
const FOLDER_EVERY_MS = 20_000;
/** The same of files that need attention, each of which is looked for. */
const FILES_EVERY_MS = 4_000;
const REST_FACTOR = 30;

function looks(): FolderLooks {
  return { unseen: rarely(countUnseen, FOLDER_EVERY_MS), files: rarely(readFileNeeds, FILES_EVERY_MS) };
}

/** A folder may hold 100,000 files. Looking at them each time the health is judged would use a whole core. */
function rarely<T>(
  look: (stores: FeedStores) => Promise<T>,
  everyMs: number,
): (stores: FeedStores) => Promise<T> {
  let last: { readonly value: T; readonly until: number } | undefined;
  return async (stores) => {
    const began = performance.now();
    if (last !== undefined && began < last.until) return last.value;
    const value = await look(stores);
    const now = performance.now();
    last = { value, until: now + Math.max(everyMs, (now - began) * REST_FACTOR) };
    return value;
  };
}

/** Two healths are the same if their state and their reasons are, and what these are about. The figures do not matter. */
function codes({ state, reasons }: Health): string {
  return JSON.stringify([state, reasons.map(({ code, subject }) => `${code} ${subject}`).sort()]);
}
