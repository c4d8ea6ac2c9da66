import { FIRST_FEED } from '@sluice/core';
import { Child, type ChildEvents, type Program } from './child.ts';
import { counted } from './printable.ts';

/** What to run. */
export interface FleetPlan {
  /** The feeds for which files are generated. */
  readonly generated: readonly string[];
  /** The generator's arguments besides the feed. */
  readonly generator: readonly string[];
  /** Whether the generators run endlessly, so that any end of one is a crash. */
  readonly endless: boolean;
  readonly workers: number;
  /** Port of the dashboard; undefined when it is not wanted. */
  readonly dashboardPort?: number | undefined;
}

/** The time from the request to stop until the last process is killed. The rest of the 25 s is for the servers. */
const GONE_WITHIN_MS = 13_000;

/** The dashboard ends last, because it shows how the others end. It has no work to finish, so a short time is enough. */
const DASHBOARD_WITHIN_MS = 3_000;

/** The processes of the pipeline: generator, watcher, workers and dashboard. */
export class Fleet {
  readonly #children: readonly Child[];
  readonly generators: readonly Child[];

  constructor(plan: FleetPlan, env: NodeJS.ProcessEnv, events: ChildEvents) {
    this.#children = programs(plan).map((program) => new Child(program, env, events));
    this.generators = this.#of('generator');
  }

  start(): void {
    for (const child of this.#children) child.start();
  }

  /** Stops generator, watcher, workers and dashboard, in this order. All are gone when it resolves. Idempotent. */
  async stop(note: (text: string) => void = () => undefined): Promise<void> {
    const deadline = performance.now() + GONE_WITHIN_MS;
    for (const app of ['generator', 'watcher', 'worker', 'dashboard'] as const) {
      const children = this.#of(app).filter(({ running }) => running);
      if (children.length === 0) continue;
      // Only the workers have work to finish, so the others leave them most of the time.
      const left =
        app === 'dashboard'
          ? DASHBOARD_WITHIN_MS
          : (deadline - performance.now()) / (app === 'worker' ? 1 : 4);
      await Promise.all(children.map((child) => child.stop(left)));
      note(`stopped ${children.length > 1 || app === 'worker' ? counted(children.length, app) : app}`);
    }
  }

  /** Kills all of them at once. */
  kill(): void {
    for (const child of this.#children) child.kill();
  }

  #of(app: Program['app']): Child[] {
    return this.#children.filter(({ program }) => program.app === app);
  }
}

function programs({ generated, generator, endless, workers, dashboardPort }: FleetPlan): Program[] {
  return [
    { name: 'watcher', app: 'watcher', args: [], restart: true },
    ...Array.from({ length: workers }, (_, i): Program => {
      return { name: `worker ${i + 1}`, app: 'worker', args: [], restart: true };
    }),
    ...(dashboardPort === undefined
      ? []
      : [
          {
            name: 'dashboard',
            app: 'dashboard' as const,
            args: ['--port', `${dashboardPort}`],
            restart: true,
          },
        ]),
    ...generated.map((feed): Program => {
      const name = feed === FIRST_FEED ? 'generator' : `generator of ${feed}`;
      return { name, app: 'generator', args: ['--feed', feed, ...generator], restart: endless };
    }),
  ];
}
