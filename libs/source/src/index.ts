export {
  type CleanedUp,
  cleanUpFile,
  type Disposal,
  finishHidden,
  hiddenFiles,
  putBack,
} from './clean-up.ts';
export { Doorbell } from './doorbell.ts';
export { compressionOf, ExpansionFault, expand } from './expand.ts';
export { type Claim, type LeftOut, type SourceFile, SourceFolder } from './folder.ts';
export { OpenSource } from './open-source.ts';
export { takenNames } from './place-file.ts';
export { SourceHangs } from './source-io.ts';
export { UnreadableFile } from './unreadable-file.ts';
