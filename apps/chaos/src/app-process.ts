import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { HEAP_FLAGS, type KillPoint } from '@sluice/process';
import { LAB_VARIABLE, type Order } from './order.ts';
import type { Side } from './plan.ts';

/** How a process ended: by the lab, at the kill point where it had been told to, or by itself. */
export type End = 'killed' | 'at-point' | 'stopped' | 'by-itself';

export interface Launch {
  readonly role: Side;
  readonly env: Readonly<Record<string, string>>;
  /** Modules loaded before its main, besides the lab's own. */
  readonly preload: readonly string[];
  /** Its working directory: the guard of the folder ends it with the lab. */
  readonly folder: string;
  readonly logFile: string;
}

/** One app as a process of its own, as a user would run it, at the lab's orders. */
export class AppProcess {
  readonly role: Side;
  readonly logFile: string;
  readonly #child: ChildProcess;
  #asked: 'killed' | 'stopped' | undefined;
  #order: Order = { kill: undefined, clockBack: 0 };
  /** The point where it was last told to die. */
  point: KillPoint | undefined;
  /** Settles when it has ended. */
  readonly ended: Promise<{ readonly end: End; readonly how: string }>;

  constructor({ role, env, preload, folder, logFile }: Launch) {
    this.role = role;
    this.logFile = logFile;
    const main = fileURLToPath(new URL(`../../${role}/src/main.ts`, import.meta.url));
    const modules = [new URL('./arm.ts', import.meta.url).href, ...preload];
    const flags = [...HEAP_FLAGS, ...modules.flatMap((module) => ['--import', module])];
    const { PATH, NODE_COMPILE_CACHE } = process.env;
    const log = openSync(logFile, 'a');
    try {
      // A terminal's Ctrl-C goes to the lab alone, which then stops its apps; they also stop when this channel closes.
      this.#child = spawn(process.execPath, [...flags, main], {
        cwd: folder,
        env: { PATH, NODE_COMPILE_CACHE, ...env, [LAB_VARIABLE]: '1' },
        stdio: ['ignore', log, log, 'ipc'],
        detached: true,
      });
    } finally {
      closeSync(log);
    }
    // A message to a process that is dying: its end tells.
    this.#child.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) =>
        resolve({ end: this.#endBy(signal), how: String(signal ?? code) }),
      );
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  obey(order: Order): void {
    if (order.kill === undefined && order.clockBack === 0 && this.#order.kill === undefined) return;
    this.#order = order;
    this.point = order.kill?.point ?? this.point;
    if (this.#child.connected) this.#child.send(order, () => undefined);
  }

  kill(): void {
    if (!this.isAlive) return;
    this.#asked = 'killed';
    this.#child.kill('SIGKILL');
  }

  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  goOn(): void {
    this.#child.kill('SIGCONT');
  }

  /** As an operator would. */
  async stop(): Promise<void> {
    if (this.isAlive) {
      this.#asked = 'stopped';
      this.goOn();
      this.#child.kill('SIGTERM');
    }
    await this.ended;
  }

  #endBy(signal: NodeJS.Signals | null): End {
    if (this.#asked === 'killed') return 'killed';
    if (signal === 'SIGKILL' && this.point !== undefined) return 'at-point';
    // One that is still loading does not take the signal for a wish yet.
    const inOrder = signal === 'SIGTERM' || this.#child.exitCode === 0;
    return this.#asked === 'stopped' && inOrder ? 'stopped' : 'by-itself';
  }
}
