import { messageOf } from '@sluice/process';
import type { Stores } from '../stores.ts';
import { pause } from './bell.ts';

/**
 * Asks for a flush of what is staged of a contract once no file of it was found, queued or read for FLUSH_WHEN_IDLE: nothing more
 * can fill its micro-batch. The watcher finds files and workers read them, on many hosts, so both mark in Redis that the contract is
 * busy, and the mark expires. Nothing depends on this: whatever it misses, the next tick takes.
 */
export async function flushWhenIdle(
  { config, redis, staging, ticks, log }: Pick<Stores, 'config' | 'redis' | 'staging' | 'ticks' | 'log'>,
  stopping: AbortSignal,
): Promise<void> {
  const after = config.flushWhenIdle;
  if (after === undefined) return;
  while (!stopping.aborted) {
    let again = after;
    try {
      await redis.untilReady(stopping);
      const { contracts, nextIn = after } = await staging.idle();
      // What is staged from now on is marked as busy, so nothing else can be idle sooner.
      again = Math.min(after, nextIn + 1);
      if (contracts.length > 0) await ticks.askForIdleFlush();
    } catch (error) {
      log.debug({ reason: messageOf(error) }, 'cannot look now whether rows wait for no other file');
    }
    await pause(again, stopping);
  }
}
