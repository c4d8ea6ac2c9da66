import { checkpointMember, type KnownFile, type SeenFile } from '@sluice/core';
import type { Redis } from 'ioredis';
import type { Raw } from './raw.ts';

/**
 * The set of a feed's seen files: versions that the ledger has closed and that are still in the folder. It is a cache: a missing member
 * costs a query of the ledger, never a row (I4). It grows no larger than the folder (I8).
 */
export class Checkpoint {
  readonly #redis: Redis;
  readonly #key: string;

  constructor({ redis, keys }: Pick<Raw, 'redis' | 'keys'>, feed: string) {
    this.#redis = redis;
    this.#key = keys.checkpoint(feed);
  }

  /** Says for each file whether this version has been seen and is unchanged since. */
  async has(files: readonly SeenFile[]): Promise<boolean[]> {
    if (files.length === 0) return [];
    const found = await this.#redis.smismember(this.#key, ...files.map(checkpointMember));
    return found.map((member) => member === 1);
  }

  /** Adds versions. Those whose ctime the ledger does not know are left out: the next look at them asks the ledger. */
  async add(files: readonly KnownFile[]): Promise<void> {
    const seen = files.filter((file): file is SeenFile => file.changedAt !== null);
    if (seen.length > 0) await this.#redis.sadd(this.#key, ...seen.map(checkpointMember));
  }

  /** Forgets these versions, so that the next look at them asks the ledger. */
  async forget(files: readonly SeenFile[]): Promise<void> {
    if (files.length > 0) await this.#redis.srem(this.#key, ...files.map(checkpointMember));
  }

  /** Forgets all versions. Returns how many there were. */
  async clear(): Promise<number> {
    const [size] = await Promise.all([this.size(), this.#redis.unlink(this.#key)]);
    return size;
  }

  size(): Promise<number> {
    return this.#redis.scard(this.#key);
  }

  /** Forgets the versions that are no longer in the folder. Returns how many. */
  async keepOnly(present: readonly SeenFile[]): Promise<number> {
    const members = new Set(present.map(checkpointMember));
    let forgotten = 0;
    for await (const page of this.#redis.sscanStream(this.#key, { count: 1000 })) {
      const gone = (page as string[]).filter((member) => !members.has(member));
      if (gone.length > 0) forgotten += await this.#redis.srem(this.#key, ...gone);
    }
    return forgotten;
  }
}

/** Remembers nothing, for a source that may keep more files than Redis has room for (I8). The ledger is asked for each file. */
export class NoCheckpoint extends Checkpoint {
  override async has(files: readonly SeenFile[]): Promise<boolean[]> {
    return files.map(() => false);
  }

  override async add(): Promise<void> {
    // nothing is kept
  }
}
