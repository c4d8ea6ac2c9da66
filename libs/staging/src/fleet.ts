import type { Logger } from '@sluice/process';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { moment, readJson, tellUnreadable } from './entry.ts';
import type { Raw } from './raw.ts';

const figure = z.number().nullable();

/**
 * From a worker that does not see the source folder of a feed as it was registered, or from a watcher for which open files were
 * registered from another folder: the folder, how many open files are concerned, and the name of one.
 */
const notVisible = z.object({
  feed: z.string().default('events'),
  /** Null: the process knows no source of the feed. */
  folder: z.string().nullable(),
  file: z.string(),
  files: z.number(),
  /** The source cannot be asked: it does not answer, or says why not. */
  hangs: z.boolean().default(false),
  /** What it says, and what to do. */
  why: z.string().optional(),
  hint: z.string().optional(),
});

/** How many files may still be written to, how many of them only lack a line end, and names of those. */
const waiting = z.object({
  files: z.number(),
  unfinished: z.number(),
  names: z.array(z.string()).readonly(),
});

const member = z.object({
  id: z.string().max(300),
  role: z.string().max(300),
  host: z.string().max(300),
  pid: z.number(),
  version: z.string().max(300),
  startedAt: moment,
  /** How many jobs it may work on at once, and how many it is working on. */
  concurrency: z.number(),
  busy: z.number(),
  /** Its last heartbeat, in ms since 1970. */
  seenAt: moment,
  /** Figures of the process since its previous heartbeat. An older version sends none. */
  process: z
    .object({
      cpuPercent: z.number(),
      memoryBytes: z.number(),
      heapBytes: z.number(),
      eventLoopP99Ms: z.number(),
      eventLoopMaxMs: z.number(),
    })
    .optional(),
  /** Figures of its machine. */
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
  /** Where it serves its own metrics, if it does. */
  metrics: z.string().max(300).optional(),
  /** Only from a watcher, of all feeds together. */
  waiting: waiting.optional(),
  /** Only from a watcher: what it sees of each feed that it watches. */
  feeds: z
    .array(
      z.object({
        feed: z.string(),
        folder: z.string(),
        /** Whether the watcher has the feed's YAML. */
        declared: z.boolean(),
        waiting,
        /** Files that another feed of the same folder matches as well, so that no feed takes them, and names of some. */
        ambiguous: z.object({ files: z.number(), names: z.array(z.string()).readonly() }),
        /** Files that it may not or cannot read, and names of some. An older version does not tell of them. */
        unreadable: z
          .object({
            files: z.number(),
            names: z.array(z.string()).readonly(),
            /** The token of each of these, as far as it is known, otherwise ''. */
            tokens: z.array(z.string()).readonly().default([]),
          })
          .default({ files: 0, names: [], tokens: [] }),
        /** How many files in the folder no feed matches. */
        unclaimed: z.number(),
        /** How many names in the folder are no files, such as links, and how many folders lie there. An older version does not tell. */
        specials: z.number().default(0),
        folders: z.number().default(0),
        /** Its YAML there is older than the active contract, and differs. */
        outdated: z.boolean(),
        /** The last listing of all of its source: when it ended, how long it took in ms, and how many files of the feed it found. */
        listing: z.object({ at: moment, ms: z.number(), files: z.number() }).optional(),
        /** Its source cannot be asked: since when, what it says, what to do, and whether it only hangs. */
        away: z.object({ since: moment, why: z.string(), hint: z.string(), hangs: z.boolean() }).optional(),
      }),
    )
    .readonly()
    .optional(),
  /** Only from a watcher: what is wrong in the YAML of feeds, a line for each mistake. */
  mistakes: z
    .array(z.object({ feed: z.string(), text: z.string() }))
    .readonly()
    .optional(),
  /** The feeds whose source this process does not see. An older version knew one feed, and told of it alone. */
  notVisible: z.union([z.array(notVisible), notVisible.transform((one) => [one])]).optional(),
});

/** One process of the fleet, as its last heartbeat described it. */
export type FleetMember = z.infer<typeof member>;

/** A process that has been silent for this long counts as gone. */
export const SILENT_MS = 30_000;
/** A process that went silent without leaving is remembered for this long. */
const FORGET_MS = 10 * 60_000;

/** The end of a process is remembered for this long. Longer than that, the ledger keeps no process by default either. */
const FORGET_ENDS_MS = 90 * 86_400_000;

/** The running processes, by their heartbeats. */
export class FleetRegister {
  readonly #redis: Redis;
  readonly #key: string;
  readonly #ends: string;
  readonly #log: Logger;

  constructor({ redis, keys, log }: Raw) {
    this.#redis = redis;
    this.#key = keys.fleet;
    this.#ends = keys.ends;
    this.#log = log;
  }

  async beat(self: FleetMember): Promise<void> {
    await this.#redis.hset(this.#key, self.id, JSON.stringify(self));
  }

  async leave(id: string): Promise<void> {
    await this.#redis.hdel(this.#key, id);
  }

  /** Notes that a process ended in order, which PostgreSQL could not be told, so that it is not missed. */
  async noteEnd(processNo: number, now = Date.now()): Promise<void> {
    const ends = Object.entries(await this.#redis.hgetall(this.#ends));
    const old = ends.filter(([, at]) => !(now - Number(at) <= FORGET_ENDS_MS)).map(([number]) => number);
    if (old.length > 0) await this.#redis.hdel(this.#ends, ...old);
    await this.#redis.hset(this.#ends, String(processNo), String(now));
  }

  /** The numbers of the processes that ended in order without PostgreSQL. */
  async ends(): Promise<Set<number>> {
    return new Set((await this.#redis.hkeys(this.#ends)).map(Number));
  }

  /** The running processes, sorted by role and start. */
  async members(now = Date.now()): Promise<FleetMember[]> {
    return (await this.remembered(now)).filter(({ seenAt }) => now - seenAt <= SILENT_MS);
  }

  /** The running processes, and those that went silent without leaving, which are forgotten after ten minutes. */
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

  /** Removes the entries that cannot be read. Returns how many. A running process writes its entry again. */
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
