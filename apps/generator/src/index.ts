export { eventFiles, headerLine } from './events.ts';
export type { MalformedReason } from './malformed.ts';
export { addGeneratorOptions, readGeneratorOptions } from './options.ts';
