import { once } from 'node:events';
import { TLSSocket } from 'node:tls';
import type { Redis } from 'ioredis';
import type { Keys } from './keys.ts';
import type { Raw } from './raw.ts';

/** The settings and the state of a Redis server that matter to the pipeline. */
export interface RedisState {
  readonly version: string;
  /** What the server does when its memory is full. */
  readonly evictionPolicy: string;
  /** It copies another server, and takes no writes of its own. */
  readonly replica: boolean;
  /** The append-only file is on. */
  readonly appendOnly: boolean;
  /** The last write of the append-only file, or of a snapshot, failed. */
  readonly writeFailed: boolean;
  readonly usedBytes: number;
  /** 0: no limit. */
  readonly maxBytes: number;
}

/** Redis as a server: whether it answers, how it is configured, and whom it lets in. */
export class RedisServer {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor({ redis, keys }: Pick<Raw, 'redis' | 'keys'>) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Resolves when Redis answers. Rejects with the first error of the connection, or when `signal` aborts. */
  async reach(signal: AbortSignal): Promise<void> {
    if (this.#redis.status !== 'ready') await once(this.#redis, 'ready', { signal });
  }

  /** Resolves when Redis answers, however long it is away. Rejects when `signal` aborts first. */
  async untilReady(signal: AbortSignal): Promise<void> {
    while (this.#redis.status !== 'ready') {
      await this.reach(signal).catch(() => signal.throwIfAborted());
    }
  }

  async ping(): Promise<void> {
    await this.#redis.ping();
  }

  /** Reads INFO, because some servers refuse CONFIG. */
  async state(): Promise<RedisState> {
    const info = await this.#redis.info();
    const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
    return {
      version: field('valkey_version')
        ? `Valkey ${field('valkey_version')}`
        : field('redis_version') || 'unknown version',
      evictionPolicy: field('maxmemory_policy') || 'unknown',
      replica: field('role') === 'slave',
      appendOnly: field('aof_enabled') === '1',
      writeFailed: [field('aof_last_write_status'), field('rdb_last_bgsave_status')].includes('err'),
      usedBytes: Number(field('used_memory')),
      maxBytes: Number(field('maxmemory')),
    };
  }

  /** Like {@link RedisServer.state}, but waits for a server that is away, however often the connection is lost. */
  async stateWhenReady(signal: AbortSignal): Promise<RedisState> {
    for (;;) {
      await this.untilReady(signal);
      try {
        return await this.state();
      } catch (error) {
        // A connection that is lost during the command comes back by itself.
        if (this.#redis.status === 'ready') throw error;
      }
    }
  }

  /** Probes whether Redis takes writes. */
  async takesWrites(): Promise<boolean> {
    return (await this.#redis.set(this.#keys.probe, '1', 'EX', 60)) === 'OK';
  }

  /** The version of TLS that the connection uses; null when it is not encrypted. */
  get protocol(): string | null {
    const { stream } = this.#redis;
    return stream instanceof TLSSocket ? stream.getProtocol() : null;
  }

  /**
   * Whether Redis lets in anybody who can reach it. It is tried with a connection without name, password or certificate, because a
   * server without a password also accepts a client that has one in its URL.
   */
  async letsAnybodyIn(): Promise<boolean> {
    const { cert: _, key: __, ...tls } = this.#redis.options.tls ?? {};
    const anybody = this.#redis.duplicate({
      ...{ username: '', password: '', enableReadyCheck: false, lazyConnect: true, maxRetriesPerRequest: 0 },
      ...(this.#redis.options.tls && { tls }),
      retryStrategy: () => null,
    });
    // The commands below report why they fail.
    anybody.on('error', () => undefined);
    try {
      await anybody.connect();
      return (await anybody.ping()) === 'PONG';
    } catch {
      return false; // the server refused, which answers the question
    } finally {
      anybody.disconnect();
    }
  }

  close(): void {
    this.#redis.disconnect();
  }
}
