import type { Logger } from '@sluice/process';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { moment, readJson, tellUnreadable } from './entry.ts';
import type { Raw } from './open.ts';

const figure = z.number().nullable();

const member = z.object({
  id: z.string().max(300),
  role: z.string().max(300),
  host: z.string().max(300),
  pid: z.number(),
  version: z.string().max(300),
  startedAt: moment,
  /** Jobs that it may have in hand at once, and has. */
  concurrency: z.number(),
  busy: z.number(),
  /** Its last heartbeat, in ms since 1970. */
  seenAt: moment,
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
  /**
   * A worker that does not see the source folder as it was registered, or a watcher to which these files are of another folder: the
   * folder, how many open files that is about, and the name of one.
   */
  notVisible: z.object({ folder: z.string(), file: z.string(), files: z.number() }).optional(),
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
  readonly #log: Logger;

  constructor({ redis, keys, log }: Raw) {
    this.#redis = redis;
    this.#key = keys.fleet;
    this.#log = log;
  }

  async beat(self: FleetMember): Promise<void> {
    await this.#redis.hset(this.#key, self.id, JSON.stringify(self));
  }

  async leave(id: string): Promise<void> {
    await this.#redis.hdel(this.#key, id);
  }

  /** Those that are there, by role and start. */
  async members(now = Date.now()): Promise<FleetMember[]> {
    return (await this.remembered(now)).filter(({ seenAt }) => now - seenAt <= SILENT_MS);
  }

  /** Those that are there, and those that went silent without leaving. Forgets them after ten minutes. */
  async remembered(now = Date.now()): Promise<FleetMember[]> {
    const { all, unreadable } = await this.#read();
    for (const [id, why] of unreadable) {
      tellUnreadable(this.#log, this.#key, id, why, 'this process is left out; "recover" removes the entry');
    }
    const old = all.filter(({ seenAt }) => now - seenAt > FORGET_MS);
    if (old.length > 0) await this.#redis.hdel(this.#key, ...old.map(({ id }) => id));
    const known = all.filter((one) => !old.includes(one));
    return known.sort((a, b) => a.role.localeCompare(b.role) || a.startedAt - b.startedAt);
  }

  /** Removes the entries that cannot be read. Returns how many. A process that is at work tells of itself again. */
  async removeUnreadable(): Promise<number> {
    const { unreadable } = await this.#read();
    if (unreadable.length > 0) await this.#redis.hdel(this.#key, ...unreadable.map(([id]) => id));
    return unreadable.length;
  }

  async #read(): Promise<{ all: FleetMember[]; unreadable: [id: string, why: string][] }> {
    const all: FleetMember[] = [];
    const unreadable: [string, string][] = [];
    for (const [id, text] of Object.entries(await this.#redis.hgetall(this.#key))) {
      const read = readJson(member, text);
      if (read.outcome === 'unreadable') unreadable.push([id, read.why]);
      else if (read.value.id === id) all.push(read.value);
      else unreadable.push([id, 'it names another process']);
    }
    return { all, unreadable };
  }
}
