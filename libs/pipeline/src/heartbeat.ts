import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { type FleetMember, FleetRegister, keysOf } from '@sluice/redis';
import { Figures, version } from '@sluice/runtime';
import type { Stores } from './stores.ts';

/** The processes that are at work now. */
export function readFleet({ redis, config }: Stores): Promise<FleetMember[]> {
  return new FleetRegister(redis, keysOf(config.redisPrefix)).members(Date.now());
}

/** As {@link readFleet}, and those that went silent in the last minutes without a word. */
export function readRememberedFleet({
  redis,
  config,
}: Pick<Stores, 'redis' | 'config'>): Promise<FleetMember[]> {
  return new FleetRegister(redis, keysOf(config.redisPrefix)).remembered(Date.now());
}

/** How often a process tells that it is there. */
export const HEARTBEAT_MS = 5_000;

/**
 * Tells the fleet every 5 s that this process is there, how busy it is and how it and its machine are doing, until `stopping` fires. A heartbeat that cannot be
 * told is left out: the connection says when Redis is away.
 */
export async function heartbeat(
  role: string,
  load: { readonly concurrency: number; busy(): number },
  { redis, config, log }: Stores,
  stopping: AbortSignal,
): Promise<void> {
  const register = new FleetRegister(redis, keysOf(config.redisPrefix));
  const { pid } = process;
  const figures = new Figures();
  const self = {
    id: `${role}-${hostname()}-${pid}`,
    role,
    host: hostname(),
    pid,
    version,
    startedAt: Date.now(),
  };
  const quietly = async (told: Promise<void>) => {
    await told.catch((error: Error) => log.debug({ reason: error.message }, 'no heartbeat'));
  };
  while (!stopping.aborted) {
    const { process, host: machine } = figures.read();
    const now: FleetMember = {
      ...self,
      process,
      machine,
      concurrency: load.concurrency,
      busy: load.busy(),
      seenAt: Date.now(),
    };
    // Not awaited beyond the stop: a worker's connection waits while Redis is away.
    void quietly(register.beat(now));
    await delay(HEARTBEAT_MS, undefined, { signal: stopping }).catch(() => undefined);
  }
  void quietly(register.leave(self.id));
}
