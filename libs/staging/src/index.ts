export { Checkpoint } from './checkpoint.ts';
export {
  connectRedis,
  evictionPolicy,
  letsAnybodyIn,
  redisProtocol,
  redisRefusal,
  untilReady,
  type WhileAway,
} from './connection.ts';
export { promoteOverlong } from './delayed-jobs.ts';
export { type FleetMember, FleetRegister } from './fleet.ts';
export { ensureFlushScheduler, nextFlush } from './flush-scheduler.ts';
export { removeForeignKeys } from './foreign-keys.ts';
export { keysOf, refOf } from './keys.ts';
export {
  chunksOf,
  closeQueues,
  describeChunks,
  type FlushJob,
  type InsertJob,
  insertJob,
  isAlive,
  type JobData,
  openQueues,
  type ParseJob,
  parseJob,
  QUEUE_NAMES,
  type QueueName,
  type Queues,
  readJob,
  replaceJob,
} from './queues.ts';
export { continueRetention, ensureRetentionScheduler, RETENTION_JOB } from './retention-scheduler.ts';
export { redisState } from './server-state.ts';
export { stagedRecords } from './staged-records.ts';
export { type OpenBatch, type Staged, Staging } from './staging.ts';
export { dropLostJobs, removeJob, repairJobs } from './tolerant-jobs.ts';
export {
  canWrite,
  FailedForGood,
  giveBack,
  isRefusedWrite,
  lookAgain,
  type StageWorker,
  startWorker,
  type WorkerJob,
  type WorkerSettings,
} from './workers.ts';
