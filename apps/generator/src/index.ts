export { type EventOptions, eventFiles, fixedStart, type GeneratedRow, headerLine } from './events.ts';
export { type MalformedReason, malformedReasons } from './malformed.ts';
export { addGeneratorOptions, type GeneratorOptions, readGeneratorOptions } from './options.ts';
