export * from './checkpoint.ts';
export * from './connection.ts';
export * from './flush-scheduler.ts';
export * from './keys.ts';
export * from './queues.ts';
export * from './staging.ts';
export * from './workers.ts';
