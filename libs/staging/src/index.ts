export type { Checkpoint } from './checkpoint.ts';
export { redisRefusal, type WhileAway } from './connection.ts';
export { type FleetMember, type FleetRegister, SILENT_MS } from './fleet.ts';
export {
  type InsertJob,
  type LeftOut,
  type OpenBatch,
  type ParseJob,
  QUEUE_NAMES,
  type QueueName,
  readJob,
} from './jobs.ts';
export { refOf } from './keys.ts';
export { openRedis, type RedisStores } from './open.ts';
export type { Queues, SeenJob } from './queues.ts';
export type { RedisState } from './server.ts';
export type { Staged } from './staging.ts';
export { type Handled, isRefusedUser, isRefusedWrite, type StageWorker, type TakenJob } from './workers.ts';
