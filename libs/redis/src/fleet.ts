import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Keys } from './keys.ts';

const member = z.object({
  id: z.string(),
  role: z.string(),
  host: z.string(),
  pid: z.number(),
  version: z.string(),
  startedAt: z.number(),
  /** Jobs that it may have in hand at once, and has. */
  concurrency: z.number(),
  busy: z.number(),
  /** Its last heartbeat, in ms since 1970. */
  seenAt: z.number(),
});

/** One process of the fleet, as its last heartbeat told of it. */
export type FleetMember = z.infer<typeof member>;

/** A process that has been silent for so long is no longer there. */
const SILENT_MS = 30_000;

/** The processes that are at work, by their heartbeats. */
export class FleetRegister {
  readonly #redis: Redis;
  readonly #key: string;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#key = keys.fleet;
  }

  async beat(self: FleetMember): Promise<void> {
    await this.#redis.hset(this.#key, self.id, JSON.stringify(self));
  }

  async leave(id: string): Promise<void> {
    await this.#redis.hdel(this.#key, id);
  }

  /** Those that are there, by role and start. Forgets those that have been silent for long. */
  async members(now: number): Promise<FleetMember[]> {
    const all = Object.values(await this.#redis.hgetall(this.#key)).map((text) =>
      member.parse(JSON.parse(text)),
    );
    const silent = all.filter(({ seenAt }) => now - seenAt > SILENT_MS);
    if (silent.length > 0) await this.#redis.hdel(this.#key, ...silent.map(({ id }) => id));
    const there = all.filter((one) => !silent.includes(one));
    return there.sort((a, b) => a.role.localeCompare(b.role) || a.startedAt - b.startedAt);
  }
}
