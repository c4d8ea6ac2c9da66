export * from './client.ts';
export * from './failure.ts';
export * from './ledger.ts';
export * from './migrations.ts';
export * from './refused-rows.ts';
export * from './statistics.ts';
