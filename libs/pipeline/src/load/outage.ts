import { setTimeout as delay } from 'node:timers/promises';
import { PostgresFailure, postgresVersion } from '@sluice/ledger';
import { type Handled, isRefusedUser, isRefusedWrite, type StageWorker } from '@sluice/staging';
import type { Stores } from '../stores.ts';

/** A server that is not available. Jobs lose no attempt because of it: the work waits, and goes on when the server is back. */
interface Outage {
  readonly server: 'PostgreSQL' | 'Redis';
  readonly reason: string;
  readonly hint: string;
}

const PROBE_FIRST_MS = 500;
const PROBE_AT_MOST_MS = 10_000;
/** This long without another failure also ends an outage, because there may be no work that could show its end. */
const SETTLED_MS = 3_000;

/**
 * Pauses the stages of this process while a server is away. A job that fails because of the outage is given back and loses no
 * attempt, the workers pause, and a probe waits for the end. The beginning is logged once. The end is logged when real work has
 * succeeded again, or nothing has failed for a while, because the probe alone may succeed where real work does not.
 */
export class OutageGate {
  readonly #stores: Pick<Stores, 'log' | 'sql' | 'redis'>;
  readonly #stopping: AbortSignal;
  #workers: readonly StageWorker[] = [];
  #since: number | undefined;
  #probing = false;
  #wait = PROBE_FIRST_MS;
  /** How many jobs are in progress. */
  busy = 0;

  constructor(stores: Pick<Stores, 'log' | 'sql' | 'redis'>, stopping: AbortSignal) {
    this.#stores = stores;
    this.#stopping = stopping;
  }

  /** Whether the workers are paused now. */
  get closed(): boolean {
    return this.#probing;
  }

  /** Sets the workers that pause in an outage. */
  guard(workers: readonly StageWorker[]): void {
    this.#workers = workers;
  }

  /** Does the work of one job. In an outage the job is given back; any other error fails the job. */
  async run(work: () => Promise<Handled>): Promise<Handled> {
    this.busy += 1;
    try {
      const handled = await work();
      if (handled.outcome === 'done') this.#over();
      return handled;
    } catch (error) {
      const outage = outageOf(error);
      if (outage === undefined) throw error;
      this.#begin(outage);
      return { outcome: 'returned', why: outage.reason };
    } finally {
      this.busy -= 1;
    }
  }

  /** Takes an error that belongs to no job, but may show an outage. */
  notice(error: Error): void {
    const outage = outageOf(error);
    if (outage !== undefined) this.#begin(outage);
  }

  #begin(outage: Outage): void {
    if (this.#since === undefined) {
      this.#since = performance.now();
      this.#wait = PROBE_FIRST_MS;
      const { server, reason, hint } = outage;
      this.#stores.log.error(
        { reason, hint },
        `${server} is away: work pauses until it is back, nothing is lost`,
      );
    }
    if (!this.#probing) void this.#probeUntilBack(outage);
  }

  #over(): void {
    if (this.#since === undefined || this.#probing) return;
    const seconds = Math.round((performance.now() - this.#since) / 1000);
    this.#since = undefined;
    this.#stores.log.info({ seconds }, 'the outage is over: work goes on');
  }

  async #probeUntilBack({ server }: Outage): Promise<void> {
    this.#probing = true;
    await Promise.all(this.#workers.map((worker) => worker.pause()));
    while (!this.#stopping.aborted) {
      await delay(this.#wait, undefined, { signal: this.#stopping }).catch(() => undefined);
      this.#wait = Math.min(this.#wait * 1.5, PROBE_AT_MOST_MS);
      if (await this.#answers(server)) break;
    }
    this.#probing = false;
    if (this.#stopping.aborted) return;
    for (const worker of this.#workers) worker.resume();
    await delay(SETTLED_MS, undefined, { signal: this.#stopping }).catch(() => undefined);
    this.#over();
  }

  async #answers(server: Outage['server']): Promise<boolean> {
    try {
      if (server === 'Redis') return await this.#stores.redis.takesWrites();
      await postgresVersion(this.#stores.sql);
      return true;
    } catch {
      return false; // the server is still away, which is what the probe checks
    }
  }
}

/** Whether a server is away, so that nobody need try again before it is back. */
export function isOutage(error: unknown): boolean {
  return outageOf(error) !== undefined;
}

function outageOf(error: unknown): Outage | undefined {
  if (error instanceof PostgresFailure && error.kind === 'outage') {
    return { server: 'PostgreSQL', reason: error.message, hint: error.hint ?? hintOf(error.sqlstate) };
  }
  if (isRefusedWrite(error)) {
    const hint = 'free disk space or memory on the server of Redis; it takes writes again by itself then';
    return { server: 'Redis', reason: error.message, hint };
  }
  if (isRefusedUser(error)) {
    const hint = 'put the password that Redis asks for into the file that REDIS_URL_FILE names';
    return { server: 'Redis', reason: error.message, hint };
  }
  return undefined;
}

function hintOf(sqlstate: string): string {
  if (sqlstate === '53100') return 'free disk space on the server of PostgreSQL';
  if (sqlstate === '53300') return 'raise max_connections of PostgreSQL, or run fewer workers';
  if (sqlstate === '25006')
    return 'this PostgreSQL is a read-only replica: point DATABASE_URL at the primary';
  return 'start PostgreSQL again, or repair the connection to it';
}
