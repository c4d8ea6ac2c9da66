import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HEAP_FLAGS, THREADS } from '@sluice/process';
import { CpuClock, type Parts, peakMemory } from './processes.ts';
import type { Database, Servers } from './servers.ts';

const KEPT_OUTPUT = 4000;

/** Settings of the measured apps, as variables of their environment. */
export type Env = Readonly<Record<string, string>>;

/** The measured apps, each in its own process, as a user would run them, with a source folder of their own. */
export class Fleet {
  readonly #servers: Servers;
  readonly #env: Env;
  readonly #apps: { readonly role: 'watcher' | 'worker'; readonly child: ChildProcess }[] = [];
  /** A folder beside the source. A file that is written here is then renamed into the source. */
  readonly beside: string;
  readonly source: string;
  /** The end of their output, for an error message. */
  output = '';

  constructor(servers: Servers, database: Database, { feedsDir, env }: { feedsDir: string; env: Env }) {
    this.#servers = servers;
    const folder = mkdtempSync(join(servers.folder, 'fleet-'));
    this.beside = join(folder, 'prepared');
    this.source = join(folder, 'source');
    for (const each of [this.beside, this.source]) mkdirSync(each);
    this.#env = {
      ...THREADS,
      ...{ DATABASE_URL: database.url, REDIS_URL: servers.redis.url, REDIS_PREFIX: database.redisPrefix },
      ...{ DATA_DIR: folder, SOURCE_DIR: this.source, FEEDS_DIR: feedsDir },
      ...env,
    };
  }

  /** Starts a watcher and some workers. */
  startAll(workers: number): void {
    this.start('watcher');
    for (let i = 0; i < workers; i += 1) this.start('worker');
  }

  start(role: 'watcher' | 'worker'): void {
    const main = fileURLToPath(new URL(`../../${role}/src/main.ts`, import.meta.url));
    const child = spawn(process.execPath, [...HEAP_FLAGS, main], {
      env: { ...process.env, ...this.#env },
      // The apps stop when this channel closes, so a measurement that is killed leaves no app behind.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // A terminal's Ctrl-C goes only to this process, which then stops the apps in order.
      detached: true,
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data: Buffer) => {
        this.output = (this.output + data.toString()).slice(-KEPT_OUTPUT);
      });
    if (child.pid === undefined) throw new Error(`the ${role} could not be started (${process.execPath})`);
    this.#apps.push({ role, child });
  }

  /** Measures the CPU time of the apps and the servers from now on. */
  clock(): CpuClock {
    return new CpuClock(this.#parts());
  }

  /** The most memory that a process of each part has had, in MiB. */
  memory(): Readonly<Record<string, number>> {
    return peakMemory(this.#parts());
  }

  #parts(): Parts {
    const pids = (role: string) =>
      this.#apps.flatMap((app) => (app.role === role && app.child.pid ? [app.child.pid] : []));
    const { postgres, redis } = this.#servers;
    return {
      ...{ postgres: [postgres.pid], redis: [redis.pid] },
      ...{ workers: pids('worker'), watcher: pids('watcher') },
    };
  }

  /** @throws when one of the apps has ended */
  mustRun(): void {
    const ended = this.#apps.find(({ child }) => child.exitCode !== null || child.signalCode !== null);
    if (ended === undefined) return;
    const how = ended.child.exitCode ?? ended.child.signalCode;
    throw new Error(`the ${ended.role} has ended (${how}); the apps wrote:\n${this.output}`);
  }

  /** Asks all apps to stop, and waits. Idempotent. */
  async stop(): Promise<void> {
    const running = this.#apps.splice(0).map(({ child }) => child);
    await Promise.all(
      running.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
      }),
    );
  }
}
