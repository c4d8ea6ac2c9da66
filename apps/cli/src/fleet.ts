import { Child, type ChildEvents, type Program } from './child.ts';
import { counted } from './printable.ts';

/** What is to run. `generator`: its arguments; undefined when it is not wanted. */
export interface FleetPlan {
  readonly generator: readonly string[] | undefined;
  /** Whether the generator runs without end, so that its end is a crash. */
  readonly endless: boolean;
  readonly workers: number;
  /** Port of the dashboard; undefined when it is not wanted. */
  readonly dashboardPort?: number | undefined;
}

/** From the first wish to stop until the last straggler is killed; what is left of the 25 s is for the servers. */
const GONE_WITHIN_MS = 13_000;

/** The dashboard has nothing in hand, and shows how the others end. */
const DASHBOARD_WITHIN_MS = 3_000;

/** The processes of the pipeline: generator, watcher, workers and dashboard. */
export class Fleet {
  readonly #children: readonly Child[];
  readonly generator: Child | undefined;

  constructor(plan: FleetPlan, env: NodeJS.ProcessEnv, events: ChildEvents) {
    this.#children = programs(plan).map((program) => new Child(program, env, events));
    this.generator = this.#of('generator')[0];
  }

  start(): void {
    for (const child of this.#children) child.start();
  }

  /** Ends intake first, then discovery, then the work in hand. All are gone when it resolves; again, it does nothing. */
  async stop(note: (text: string) => void = () => undefined): Promise<void> {
    const deadline = performance.now() + GONE_WITHIN_MS;
    for (const app of ['generator', 'watcher', 'worker', 'dashboard'] as const) {
      const children = this.#of(app).filter(({ running }) => running);
      if (children.length === 0) continue;
      // Workers have the work in hand: the others leave them most of the time.
      const left =
        app === 'dashboard'
          ? DASHBOARD_WITHIN_MS
          : (deadline - performance.now()) / (app === 'worker' ? 1 : 4);
      await Promise.all(children.map((child) => child.stop(left)));
      note(`stopped ${app === 'worker' ? counted(children.length, 'worker') : app}`);
    }
  }

  /** Ends all of them at once. */
  kill(): void {
    for (const child of this.#children) child.kill();
  }

  #of(app: Program['app']): Child[] {
    return this.#children.filter(({ program }) => program.app === app);
  }
}

function programs({ generator, endless, workers, dashboardPort }: FleetPlan): Program[] {
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
    ...(generator
      ? [{ name: 'generator', app: 'generator' as const, args: generator, restart: endless }]
      : []),
  ];
}
