import type { Redis } from 'ioredis';
import { tellUnreadable } from './entry.ts';
import type { Keys } from './keys.ts';
import type { Raw } from './raw.ts';
import type { Staging } from './staging.ts';

/** The Redis type of each of Sluice's keys. The checkpoints of the feeds are sets. */
const TYPES = {
  chunks: 'hash',
  batches: 'hash',
  newer: 'hash',
  pending: 'hash',
  totals: 'hash',
  fleet: 'hash',
} as const satisfies Partial<Record<keyof Keys, string>>;

/** The Redis types of BullMQ's keys for one queue. */
const QUEUE_TYPES = {
  ...{ wait: 'list', paused: 'list', active: 'list', delayed: 'zset', prioritized: 'zset', failed: 'zset' },
  ...{ completed: 'zset', stalled: 'set', meta: 'hash', repeat: 'zset', events: 'stream', id: 'string' },
} as const;

/**
 * Removes keys that another program has overwritten with a value of another type, or a counter of BullMQ with something that is
 * not a number. Every command on such a key fails, and what it held is already gone. Returns their names.
 *
 * @param feeds the feeds whose checkpoints are looked at
 */
export async function removeForeignKeys(
  raw: Raw,
  staging: Staging,
  feeds: readonly string[],
): Promise<string[]> {
  const { redis, keys, log } = raw;
  const queues = Object.values(raw.queues);
  const names = await foreignAmong(redis, [
    ...feeds.map((feed) => [keys.checkpoint(feed), 'set'] as const),
    ...Object.entries(TYPES).map(([name, type]) => [keys[name as keyof typeof TYPES], type] as const),
    ...queues.flatMap((queue) =>
      Object.entries(QUEUE_TYPES).map(([name, type]) => [queue.toKey(name), type] as const),
    ),
  ]);
  for (const counter of queues.map((queue) => queue.toKey('id')).filter((key) => !names.includes(key)))
    if (!/^(0|[1-9]\d{0,14})$/.test((await redis.get(counter)) ?? '0')) names.push(counter);
  // The totals name the lists.
  const contracts = names.includes(keys.totals) ? [] : await staging.waitingContracts();
  const lists = new Set([null, ...contracts]);
  names.push(
    ...(await foreignAmong(
      redis,
      [...lists].map((one) => [keys.staged(one), 'list']),
    )),
  );
  for (const key of names) {
    tellUnreadable(
      log,
      key,
      '',
      'it is not what this key holds',
      'removed; what it held comes from the ledger',
    );
  }
  if (names.length === 0) return names;
  await redis.unlink(...names);
  // What the other keys hold may belong to one that is gone: without its total, nobody would look into a list.
  await staging.rebuild();
  return names;
}

async function foreignAmong(
  redis: Redis,
  expected: readonly (readonly [key: string, type: string])[],
): Promise<string[]> {
  const pipeline = redis.pipeline();
  for (const [key] of expected) pipeline.type(key);
  const types = (await pipeline.exec()) ?? [];
  return expected.flatMap(([key, type], i) => {
    const found = types[i]?.[1];
    return typeof found === 'string' && found !== 'none' && found !== type ? [key] : [];
  });
}
