import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { HEAP_FLAGS, type KillPoint } from '@sluice/process';
import { LAB_VARIABLE } from './lab-variable.ts';
import type { Order } from './order.ts';
import type { Side } from './plan.ts';

/** How a process ended: killed by the lab, at the kill point that the lab had set, stopped by the lab, or by itself. */
export type End = 'killed' | 'at-point' | 'stopped' | 'by-itself';

export interface Launch {
  readonly role: Side;
  readonly env: Readonly<Record<string, string>>;
  /** Modules loaded before its main, besides the lab's own. */
  readonly preload: readonly string[];
  /** The working directory. The folder's guard finds the process by it and kills it when the lab ends. */
  readonly folder: string;
  readonly logFile: string;
}

/** One app in its own process, run as a user would run it, that takes orders from the lab. */
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
      // A terminal's Ctrl-C goes only to the lab, which then stops its apps. They also stop when this channel closes.
      this.#child = spawn(process.execPath, [...flags, main], {
        cwd: folder,
        env: { PATH, NODE_COMPILE_CACHE, ...env, [LAB_VARIABLE]: '1' },
        stdio: ['ignore', log, log, 'ipc'],
        detached: true,
      });
    } finally {
      closeSync(log);
    }
    // Sending to a dying process fails. The exit event reports that it died.
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

  /** Stops the process as an operator would. */
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
    // A process that is still loading does not handle SIGTERM yet, so the signal ends it.
    const inOrder = signal === 'SIGTERM' || this.#child.exitCode === 0;
    return this.#asked === 'stopped' && inOrder ? 'stopped' : 'by-itself';
  }
}
