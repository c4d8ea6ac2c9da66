import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { HEAP_FLAGS } from '@sluice/process';

type AppRole = 'watcher' | 'worker' | 'generator';

/** One app in its own process, started as a user would start it. */
export class AppProcess {
  readonly #child: ChildProcess;
  #output = '';

  constructor(role: AppRole, args: readonly string[], env: Readonly<Record<string, string>>) {
    const main = fileURLToPath(new URL(`../../../apps/${role}/src/main.ts`, import.meta.url));
    // A test that dies must not leave apps behind, so they end when this channel closes.
    const stdio = ['ignore', 'pipe', 'pipe', 'ipc'] as const;
    const { PATH, NODE_COMPILE_CACHE } = process.env;
    this.#child = spawn(process.execPath, [...HEAP_FLAGS, main, ...args], {
      env: { PATH, NODE_COMPILE_CACHE, ...env },
      stdio: [...stdio],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (data: Buffer) => {
        this.#output += data.toString();
      });
    }
  }

  /** Its resident memory in bytes and the peak so far. It must be running. */
  memory(): { readonly now: number; readonly peak: number } {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    const of = (name: string) => 1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]);
    return { now: of('VmRSS'), peak: of('VmHWM') };
  }

  /** All of its output so far. */
  get output(): string {
    return this.#output;
  }

  /** The lines of its log that have this message. */
  lines(message: string): Record<string, unknown>[] {
    const lines = this.#output.split('\n').filter((line) => line.startsWith('{'));
    return lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => line.msg === message);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Its exit code, or the signal that ended it, once it has ended. */
  async ended(): Promise<number | NodeJS.Signals | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
    return this.#child.exitCode ?? this.#child.signalCode;
  }
}

/** The apps of one test. They share settings, and none of them outlives the test. */
export class Fleet {
  readonly #env: Readonly<Record<string, string>>;
  readonly #apps: AppProcess[] = [];
  #stopped: AppProcess[] = [];

  constructor(env: Readonly<Record<string, string>>) {
    this.#env = env;
  }

  start(role: AppRole, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): AppProcess {
    const app = new AppProcess(role, args, { ...this.#env, ...env });
    this.#apps.push(app);
    return app;
  }

  /** Asks all apps to stop, as an operator would, and waits until they have ended. */
  async stop(): Promise<void> {
    for (const app of this.#apps) app.signal('SIGTERM');
    await Promise.all(this.#apps.map((app) => app.ended()));
    this.#stopped = this.#apps.splice(0);
  }

  /** The output of all running apps and of those stopped last, for a failing test. */
  get output(): string {
    return [...this.#stopped, ...this.#apps].map((app) => app.output).join('\n');
  }
}
