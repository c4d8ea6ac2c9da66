import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Keys } from './keys.ts';

const figure = z.number().nullable();

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
  /** How it has been doing since the heartbeat before; absent from an older version. */
  process: z
    .object({
      cpuPercent: z.number(),
      memoryBytes: z.number(),
      heapBytes: z.number(),
      eventLoopP99Ms: z.number(),
      eventLoopMaxMs: z.number(),
    })
    .optional(),
  /** How its machine has been doing. */
  machine: z
    .object({
      cpus: z.number(),
      cpuPercent: z.number(),
      memoryBytes: z.number(),
      memoryUsedBytes: z.number(),
      receivedMbps: figure,
      sentMbps: figure,
    })
    .optional(),
  /** Of a watcher: files that may still be being written. Of them, those whose last line has no end, and a few of their names. */
  waiting: z
    .object({ files: z.number(), unfinished: z.number(), names: z.array(z.string()).readonly() })
    .optional(),
});

/** One process of the fleet, as its last heartbeat told of it. */
export type FleetMember = z.infer<typeof member>;

/** A process that has been silent for so long is no longer there. */
const SILENT_MS = 30_000;
/** Until then one that went without a word is still remembered. */
const FORGET_MS = 10 * 60_000;

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

  /** Those that are there, by role and start. */
  async members(now: number): Promise<FleetMember[]> {
    return (await this.remembered(now)).filter(({ seenAt }) => now - seenAt <= SILENT_MS);
  }

  /** Those that are there, and those that went silent without leaving. Forgets them after ten minutes. */
  async remembered(now: number): Promise<FleetMember[]> {
    const all = Object.values(await this.#redis.hgetall(this.#key)).map((text) =>
      member.parse(JSON.parse(text)),
    );
    const old = all.filter(({ seenAt }) => now - seenAt > FORGET_MS);
    if (old.length > 0) await this.#redis.hdel(this.#key, ...old.map(({ id }) => id));
    const known = all.filter((one) => !old.includes(one));
    return known.sort((a, b) => a.role.localeCompare(b.role) || a.startedAt - b.startedAt);
  }
}
