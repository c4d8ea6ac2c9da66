import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { Figures, metricsAddress, version } from '@sluice/process';
import type { FleetMember, FleetRegister } from '@sluice/staging';
import type { Stores } from '../stores.ts';
import { LedgerBeat } from './ledger-beat.ts';

/** How often a process reports that it is running. */
export const HEARTBEAT_MS = 5_000;

/** What a process reports about itself. */
export interface Load {
  readonly concurrency: number;
  busy(): number;
  /** What a watcher sees of its feeds, and the trouble of a worker with a source folder. */
  more?(): Pick<FleetMember, 'waiting' | 'feeds' | 'mistakes' | 'notVisible'>;
}

/**
 * Reports to the fleet every 5 s that this process is running, how busy it is, and figures of the process and its machine. A
 * heartbeat that fails is left out, because the connection already logs that Redis is away.
 */
export class Heartbeat {
  readonly #register: FleetRegister;
  readonly #log: Stores['log'];
  readonly #load: Load;
  readonly #self: Pick<FleetMember, 'id' | 'role' | 'host' | 'pid' | 'version' | 'startedAt'>;
  readonly #figures = new Figures();
  readonly #ledger: LedgerBeat;
  /** News that comes while the process ends must not call it back. */
  #left = false;
  #last: ReturnType<Figures['read']> | undefined;

  constructor(role: string, load: Load, { fleet, log, sql }: Pick<Stores, 'log' | 'fleet' | 'sql'>) {
    this.#register = fleet;
    this.#log = log;
    this.#load = load;
    const { pid } = process;
    const id = `${role}-${hostname()}-${pid}`;
    this.#self = { id, role, host: hostname(), pid, version, startedAt: Date.now() };
    this.#ledger = new LedgerBeat(this.#self, { sql, log, fleet });
  }

  /** Beats until `stopping` fires. */
  async run(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      this.#last = this.#figures.read();
      this.now();
      this.#ledger.beat();
      await delay(HEARTBEAT_MS, undefined, { signal: stopping }).catch(() => undefined);
    }
    this.#left = true;
    void this.#quietly(this.#register.leave(this.#self.id));
    await this.#ledger.end();
  }

  /** Sends an extra heartbeat at once, for news. It is not awaited, because a worker's connection waits while Redis is away. */
  now(): void {
    if (this.#left) return;
    const { process, host: machine } = this.#last ?? {};
    const { concurrency } = this.#load;
    const told = {
      ...this.#self,
      process,
      machine,
      concurrency,
      busy: this.#load.busy(),
      seenAt: Date.now(),
      metrics: metricsAddress(),
    };
    void this.#quietly(this.#register.beat({ ...told, ...this.#load.more?.() }));
  }

  async #quietly(told: Promise<void>): Promise<void> {
    await told.catch((error: Error) => this.#log.debug({ reason: error.message }, 'no heartbeat'));
  }
}
