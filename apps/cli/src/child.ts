import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { HEAP_FLAGS, THREADS } from '@sluice/process';

/** A program of the pipeline, run as a child process. */
export interface Program {
  /** The name as shown, such as `worker 2`. */
  readonly name: string;
  readonly app: 'generator' | 'watcher' | 'worker' | 'dashboard';
  readonly args: readonly string[];
  /** Whether its end counts as a crash, after which it is restarted. */
  readonly restart: boolean;
}

export interface ChildEvents {
  /** Receives each line that the child wrote. */
  line(name: string, text: string): void;
  /** Receives messages for people about what happens to the child. */
  note(text: string): void;
  /** The child cannot run at all, and another try would not help. It has already said why. */
  cannotStart(name: string): void;
}

/** How a child finally ended: its exit code, or null when it was killed. */
export type Ended = number | null;

const CANNOT_START = 2;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
/** A child that ran for this long is not in a crash loop. */
const STEADY_AFTER_MS = 60_000;

/** The dashboard strips the types from the page's scripts with a Node API that is still marked experimental. */
const QUIET = ['--disable-warning=ExperimentalWarning'];

const mainOf = (app: Program['app']): string => new URL(`../../${app}/src/main.ts`, import.meta.url).pathname;

/** A child process that is restarted when it crashes. It ends when it is told to, or when it sees that this process is gone. */
export class Child {
  readonly program: Program;
  readonly #env: NodeJS.ProcessEnv;
  readonly #events: ChildEvents;
  readonly #ended = Promise.withResolvers<Ended>();
  #process: ChildProcess | undefined;
  #again: NodeJS.Timeout | undefined;
  #delay = FIRST_DELAY_MS;
  #stopping = false;

  constructor(program: Program, env: NodeJS.ProcessEnv, events: ChildEvents) {
    this.program = program;
    this.#env = env;
    this.#events = events;
  }

  /** Resolves when the child has ended and will not be restarted. */
  get ended(): Promise<Ended> {
    return this.#ended.promise;
  }

  /** Whether the child runs or is about to be restarted. */
  get running(): boolean {
    return this.#process !== undefined || this.#again !== undefined;
  }

  start(): void {
    this.#again = undefined;
    const { app, args, name } = this.program;
    const began = performance.now();
    // Detached, so that a terminal's Ctrl-C reaches only this process, which then ends its children in order. The IPC channel
    // carries nothing: when it closes, a child learns that this process was killed.
    const flags = app === 'dashboard' ? [...HEAP_FLAGS, ...QUIET] : HEAP_FLAGS;
    const child = spawn(process.execPath, [...flags, mainOf(app), ...args], {
      detached: true,
      env: { ...THREADS, ...this.#env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface(stream).on('line', (text) => this.#events.line(name, text));
    }
    child.on('error', (error) => this.#events.note(`${name}: ${error.message}`));
    child.once('close', (code, signal) => this.#closed(code, signal, performance.now() - began));
  }

  #closed(code: number | null, signal: NodeJS.Signals | null, lasted: number): void {
    this.#process = undefined;
    const { name, restart } = this.program;
    const how = signal ? `was ended by ${signal}` : `ended with code ${code}`;
    if (!this.#stopping && restart && code !== CANNOT_START) {
      this.#startLater(how, lasted);
      return;
    }
    if (!this.#stopping && code === CANNOT_START) this.#events.cannotStart(name);
    else if (!this.#stopping && code !== 0) this.#events.note(`${name} ${how}; it is not started again`);
    this.#ended.resolve(code);
  }

  #startLater(how: string, lasted: number): void {
    if (lasted > STEADY_AFTER_MS) this.#delay = FIRST_DELAY_MS;
    this.#events.note(`${this.program.name} ${how}: it is started again in ${this.#delay / 1000} s`);
    this.#again = setTimeout(() => this.start(), this.#delay);
    this.#delay = Math.min(this.#delay * 2, LONGEST_DELAY_MS);
  }

  /** Asks the child to end, and kills it if it has not ended after `withinMs`. Resolves when it is gone. */
  async stop(withinMs: number): Promise<void> {
    this.#stopping = true;
    this.#forgetRestart();
    if (this.#process === undefined) {
      this.#ended.resolve(null);
      return;
    }
    this.#process.kill('SIGTERM');
    const patience = new AbortController();
    const tooLate = delay(withinMs, true, { signal: patience.signal }).catch(() => false);
    if (await Promise.race([this.#ended.promise.then(() => false), tooLate])) {
      this.#events.note(
        `${this.program.name} did not end in time: killed; what it had in hand is taken over`,
      );
      this.kill();
      await this.#ended.promise;
    }
    patience.abort();
  }

  /** Kills the child at once. */
  kill(): void {
    this.#stopping = true;
    this.#forgetRestart();
    this.#process?.kill('SIGKILL');
  }

  #forgetRestart(): void {
    clearTimeout(this.#again);
    this.#again = undefined;
  }
}
