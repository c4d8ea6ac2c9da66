import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type RunningServer, startPostgres, startRedis } from '@sluice/embedded';
import { connectPostgres, migrate, type Sql } from '@sluice/ledger';
// biome-ignore lint/style/noRestrictedImports: empties the server, and judges its contents
import { Redis } from 'ioredis';
import type { Server } from './plan.ts';
import { TcpProxy } from './tcp-proxy.ts';

export interface ServersOptions {
  readonly postgresFolder: string;
  readonly redisFolder: string;
  /** Whether the apps reach the servers through proxies. */
  readonly proxied: boolean;
}

/**
 * The two servers of a run, which can be wiped, killed and restarted. Their addresses stay the same. They are durable,
 * because Sluice does not promise to survive a server that loses what it has confirmed.
 */
export class Servers {
  readonly #o: ServersOptions;
  #postgres: RunningServer;
  #redis: RunningServer;
  readonly proxies: Readonly<Record<Server, TcpProxy>> | undefined;
  #sql: Sql | undefined;
  readonly #inHand = new Set<Promise<unknown>>();

  private constructor(
    o: ServersOptions,
    running: { postgres: RunningServer; redis: RunningServer },
    proxies: Servers['proxies'],
  ) {
    this.#o = o;
    this.#postgres = running.postgres;
    this.#redis = running.redis;
    this.proxies = proxies;
    this.#connect();
  }

  static async start(o: ServersOptions): Promise<Servers> {
    const starts = [
      startPostgres({ folder: o.postgresFolder }),
      startRedis({ folder: o.redisFolder }),
    ] as const;
    const [postgres, redis] = await Promise.all(starts);
    const proxies = o.proxied && {
      postgres: await TcpProxy.before(postgres.address.port),
      redis: await TcpProxy.before(redis.address.port),
    };
    const servers = new Servers(o, { postgres, redis }, proxies || undefined);
    await servers.ask((sql) => migrate(sql));
    return servers;
  }

  /** The addresses that the apps use. */
  get urls(): Readonly<Record<Server, string>> {
    const urlOf = (server: Server, direct: string) => {
      const url = new URL(direct);
      if (this.proxies !== undefined) url.port = String(this.proxies[server].port);
      return url.href;
    };
    return { postgres: urlOf('postgres', this.#postgres.address.url), redis: urlOf('redis', this.redisUrl) };
  }

  /** Redis itself, past the proxy. */
  get redisUrl(): string {
    return this.#redis.address.url;
  }

  /** Asks PostgreSQL itself, past the proxy. Undefined while the lab has it down. */
  async ask<T>(question: (sql: Sql) => Promise<T>): Promise<T | undefined> {
    if (this.#sql === undefined) return undefined;
    const answer = question(this.#sql);
    this.#inHand.add(answer);
    try {
      return await answer;
    } finally {
      this.#inHand.delete(answer);
    }
  }

  /** Asks Redis itself, past the proxy. */
  askRedis<T>(question: (redis: Redis) => Promise<T>): Promise<T> {
    return askRedis(this.redisUrl, question);
  }

  /** Disconnects from PostgreSQL, which is about to go down. Questions asked meanwhile are not answered. */
  async letGo(): Promise<void> {
    const sql = this.#sql;
    this.#sql = undefined;
    await Promise.allSettled(this.#inHand);
    await sql?.end({ timeout: 5 });
  }

  /** Crashes PostgreSQL. It is away for `ms`, then starts with its data. */
  async crashPostgres(ms: number): Promise<void> {
    await this.letGo();
    if (this.#postgres.isAlive()) process.kill(this.#postgres.address.pid, 'SIGKILL');
    await delay(ms);
    await this.bringUpPostgres();
  }

  /** Starts PostgreSQL if it is not running, and answers questions again. */
  async bringUpPostgres(): Promise<void> {
    const { port } = this.#postgres.address;
    await untilItWorks(async () => {
      this.#postgres = await startPostgres({ folder: this.#o.postgresFolder, port });
    });
    if (this.#sql === undefined) this.#connect();
  }

  async crashRedis(ms: number, { empty }: { empty: boolean }): Promise<void> {
    if (this.#redis.isAlive()) process.kill(this.#redis.address.pid, 'SIGKILL');
    while (this.#redis.isAlive()) await delay(10);
    if (empty) rmSync(join(this.#o.redisFolder, 'appendonlydir'), { recursive: true, force: true });
    await delay(ms);
    await this.bringUpRedis();
  }

  async bringUpRedis(): Promise<void> {
    const { port } = this.#redis.address;
    await untilItWorks(async () => {
      this.#redis = await startRedis({ folder: this.#o.redisFolder, port });
    });
  }

  async stop(): Promise<void> {
    await this.letGo();
    await Promise.all([this.proxies?.postgres.close(), this.proxies?.redis.close()]);
    await Promise.all([this.#postgres.stop(), this.#redis.stop()]);
  }

  #connect(): void {
    this.#sql = connectPostgres(this.#postgres.address.url, 'chaos');
  }
}

export async function askRedis<T>(url: string, question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 20 });
  redis.on('error', () => undefined); // The command that hits the error rejects.
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}

const STARTS = 20;

/** Tries again for a while, because the last processes of a killed server may still hold its port or its data. */
async function untilItWorks(start: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start();
    } catch (error) {
      if (attempt === STARTS) throw error;
      await delay(500);
    }
  }
}
