import { type FleetMember, FleetRegister, keysOf } from '@sluice/staging';
import type { Stores } from '../stores.ts';

/** Files that are not read yet because they may still be being written. */
export interface WaitingFiles {
  readonly files: number;
  /** Of them, those that only wait because their last line has no line end. */
  readonly unfinished: number;
  /** The names of the first few of those. */
  readonly names: readonly string[];
}

/** The processes that are at work now. */
export function readFleet({ redis, config, log }: Stores): Promise<FleetMember[]> {
  return new FleetRegister(redis, keysOf(config.redisPrefix), log).members(Date.now());
}

/** As {@link readFleet}, and those that went silent in the last minutes without a word. */
export function readRememberedFleet({
  redis,
  config,
  log,
}: Pick<Stores, 'redis' | 'config' | 'log'>): Promise<FleetMember[]> {
  return new FleetRegister(redis, keysOf(config.redisPrefix), log).remembered(Date.now());
}

/** What the watchers say that waits. They see the same files, so the one that sees most is believed. */
export function waitingOf(members: readonly FleetMember[]): WaitingFiles {
  const most = (one: WaitingFiles, other: WaitingFiles) => (other.files > one.files ? other : one);
  return members.flatMap(({ waiting }) => waiting ?? []).reduce(most, { files: 0, unfinished: 0, names: [] });
}
