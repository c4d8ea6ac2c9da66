import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { KillPoint } from '@sluice/process';
import { AppProcess } from './app-process.ts';
import type { Order } from './order.ts';
import type { Side } from './plan.ts';
import type { Random } from './random.ts';

export interface FleetOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly preload: readonly string[];
  readonly folder: string;
  readonly logs: string;
  readonly size: Readonly<Record<Side, number>>;
}

/** How long to wait before restarting an app that ended by itself. */
const RESTART_MS = 500;

/** The apps under test. An app that is killed is restarted at once, as a supervisor would do. */
export class Fleet {
  readonly #o: FleetOptions;
  readonly #apps = new Set<AppProcess>();
  readonly #orders: Record<Side, Order['kill']> = { watcher: undefined, worker: undefined };
  readonly #hit: Record<Side, () => void> = { watcher: () => undefined, worker: () => undefined };
  #env: Readonly<Record<string, string>> = {};
  #clockBack = 0;
  #started = 0;
  #stopping = false;
  /** How often a process died at each point. */
  readonly hits = new Map<KillPoint, number>();
  /** Processes that were killed, at a point or from outside. */
  killed = 0;
  /** Apps that ended by themselves: log file and how. */
  readonly endedByThemselves: string[] = [];

  constructor(o: FleetOptions) {
    this.#o = o;
  }

  start(env: Readonly<Record<string, string>>): void {
    this.#stopping = false;
    this.#env = { ...this.#o.env, ...env };
    for (const role of ['watcher', 'worker'] as const)
      for (let i = 0; i < this.#o.size[role]; i += 1) this.#launch(role);
  }

  /** Asks all apps to stop, as an operator would, and waits. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#apps].map((app) => app.stop()));
  }

  /** Crashes all apps at once, and starts none of them again. */
  async crash(): Promise<void> {
    this.#stopping = true;
    const apps = [...this.#apps];
    for (const app of apps) app.kill();
    await Promise.all(apps.map(({ ended }) => ended));
  }

  of(side: Side): AppProcess[] {
    return [...this.#apps].filter(({ role, isAlive }) => role === side && isAlive);
  }

  /** Makes the first process of this side that passes the point for the n-th time die there. False if none did in time. */
  async killAt(side: Side, kill: NonNullable<Order['kill']>, withinMs: number): Promise<boolean> {
    const hit = new Promise<boolean>((resolve) => {
      this.#hit[side] = () => resolve(true);
    });
    this.#arm(side, kill);
    const inTime = await Promise.race([hit, delay(withinMs, false, { ref: false })]);
    this.#arm(side, undefined);
    return inTime;
  }

  /** Kills one process of this side from outside. */
  async killOne(side: Side, random: Random): Promise<boolean> {
    const [first, ...others] = this.of(side);
    if (first === undefined) return false;
    const app = random.pick([first, ...others]);
    app.kill();
    await app.ended;
    return true;
  }

  /** Sets back the clock of all apps, including those started later. */
  setClocksBack(ms: number): void {
    this.#clockBack += ms;
    for (const app of this.#apps) this.#order(app);
  }

  #arm(side: Side, kill: Order['kill']): void {
    this.#orders[side] = kill;
    for (const app of this.of(side)) this.#order(app);
  }

  #order(app: AppProcess): void {
    app.obey({ kill: this.#orders[app.role], clockBack: this.#clockBack });
  }

  #launch(role: Side): void {
    this.#started += 1;
    const { preload, folder, logs } = this.#o;
    const logFile = join(logs, `${String(this.#started).padStart(4, '0')}-${role}.log`);
    const app = new AppProcess({ role, env: this.#env, preload, folder, logFile });
    this.#apps.add(app);
    this.#order(app);
    void this.#superviseToItsEnd(app);
  }

  async #superviseToItsEnd(app: AppProcess): Promise<void> {
    const { end, how } = await app.ended;
    this.#apps.delete(app);
    if (end === 'killed' || end === 'at-point') this.killed += 1;
    if (end === 'at-point' && app.point !== undefined) {
      this.hits.set(app.point, (this.hits.get(app.point) ?? 0) + 1);
      this.#hit[app.role]();
    }
    if (end === 'by-itself') {
      this.endedByThemselves.push(`${app.logFile} (${how})`);
      await delay(RESTART_MS);
    }
    if (!this.#stopping) this.#launch(app.role);
  }
}
