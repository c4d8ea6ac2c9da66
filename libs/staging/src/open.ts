import type { Redis } from 'ioredis';
import { Checkpoint, NoCheckpoint } from './checkpoint.ts';
import { connectRedis, type RedisOptions } from './connection.ts';
import { FleetRegister } from './fleet.ts';
import type { QueueName } from './jobs.ts';
import { keysOf } from './keys.ts';
import { Queues } from './queues.ts';
import type { BullQueues, Raw } from './raw.ts';
import { RedisServer } from './server.ts';
import { Staging } from './staging.ts';
import { Ticks } from './ticks.ts';
import { TolerantQueue } from './tolerant-jobs.ts';
import { traced } from './traced.ts';
import { Upkeep } from './upkeep.ts';

/** Everything that Sluice does with Redis. */
export type RedisStores = ReturnType<typeof openRedis>;

/** Opens everything over one connection. Does not wait for the connection. */
export function openRedis(url: string, o: RedisOptions) {
  const { prefix, busyFor, log } = o;
  const redis = connectRedis(url, o);
  const raw: Raw = { redis, prefix, keys: keysOf(prefix), queues: openQueues(redis, o), busyFor, log };
  const staging = new Staging(raw);
  return {
    redis: new RedisServer(raw),
    /** The checkpoint of one feed. */
    checkpointOf: (feed: string, keeps = true) => new (keeps ? Checkpoint : NoCheckpoint)(raw, feed),
    staging,
    fleet: new FleetRegister(raw),
    queues: new Queues(raw),
    ticks: new Ticks(raw),
    upkeep: new Upkeep(raw, staging),
  } as const;
}

/** How a job is retried, and how many finished jobs are kept. The history is in the ledger, not in Redis. */
const BACKOFF = { type: 'exponential', delay: 1_000, jitter: 0.5 } as const;
const KEEP = { removeOnComplete: { count: 100 }, removeOnFail: false } as const;

function openQueues(redis: Redis, { prefix, insertAttempts, whileAway, log }: RedisOptions): BullQueues {
  const open = (name: QueueName, defaultJobOptions: object) => {
    // BullMQ looks at the server once for each queue and writes to the terminal. The apps and doctor look themselves.
    const skipVersionCheck = whileAway === 'fail';
    const options = { connection: redis, prefix, defaultJobOptions, skipVersionCheck, ...traced() };
    const queue = new TolerantQueue(name, options);
    // This repeats an error that is reported already: each call rejects with it, and the connection logs that Redis is away.
    queue.on('error', (error) => log.debug({ queue: name, reason: error.message }, 'queue error'));
    return queue;
  };
  return {
    parse: open('parse', { ...KEEP, attempts: 3, backoff: BACKOFF }),
    flush: open('flush', { removeOnComplete: { count: 20 }, removeOnFail: { count: 20 } }),
    insert: open('insert', { ...KEEP, attempts: insertAttempts, backoff: BACKOFF }),
  };
}
