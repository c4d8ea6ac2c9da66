import type { Logger } from '@sluice/process';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { QueueName } from './jobs.ts';
import type { Keys } from './keys.ts';

/** BullMQ's own queues. */
export type BullQueues = Readonly<Record<QueueName, Queue>>;

/** What the classes of this library work with. It stays inside the library, except for {@link Queues.board}. */
export interface Raw {
  readonly redis: Redis;
  readonly prefix: string;
  readonly keys: Keys;
  readonly queues: BullQueues;
  /** How long after its last file a contract counts as busy, in ms; undefined: nobody asks. */
  readonly busyFor?: number | undefined;
  readonly log: Logger;
}
