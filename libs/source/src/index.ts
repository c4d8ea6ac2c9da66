export * from './clean-up.ts';
export * from './doorbell.ts';
export * from './expand.ts';
export * from './folder.ts';
export { takenNames } from './place-file.ts';
