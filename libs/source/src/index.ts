export * from './doorbell.ts';
export * from './folder.ts';
