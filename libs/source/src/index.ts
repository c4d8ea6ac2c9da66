export { contentOf } from './content.ts';
export { ChangedFile, HANGS, SourceAway, UnreadableFile } from './errors.ts';
export { compressionOf, ExpansionFault } from './expand.ts';
export type { OpenSource } from './open-source.ts';
export {
  bothLeftOut,
  type Claim,
  type CleanedUp,
  type Disposal,
  type Doorbell,
  type LeftOut,
  leftOutOf,
  listed,
  NOTHING_LEFT,
  Source,
  type SourceFile,
} from './source.ts';
export { sourceAt, sourceHolding } from './source-at.ts';
