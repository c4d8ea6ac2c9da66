import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { HEAP_FLAGS } from '@sluice/process';

const KEPT_OUTPUT = 4000;

/** The measured apps, each in its own process, as a user would run them. */
export class Fleet {
  readonly #env: Readonly<Record<string, string>>;
  readonly #apps: { readonly role: string; readonly child: ChildProcess }[] = [];
  /** The end of their output, for an error message. */
  output = '';

  constructor(env: Readonly<Record<string, string>>) {
    this.#env = env;
  }

  /** @returns the pid */
  start(role: 'watcher' | 'worker'): number {
    const main = fileURLToPath(new URL(`../../${role}/src/main.ts`, import.meta.url));
    // The apps stop when this channel closes, so a measurement that is killed leaves no app behind.
    const stdio = ['ignore', 'pipe', 'pipe', 'ipc'] as const;
    // A terminal's Ctrl-C goes only to this process, which then stops the apps in order.
    const child = spawn(process.execPath, [...HEAP_FLAGS, main], {
      env: { ...process.env, ...this.#env },
      stdio: [...stdio],
      detached: true,
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data: Buffer) => {
        this.output = (this.output + data.toString()).slice(-KEPT_OUTPUT);
      });
    if (child.pid === undefined) throw new Error(`the ${role} could not be started (${process.execPath})`);
    this.#apps.push({ role, child });
    return child.pid;
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
