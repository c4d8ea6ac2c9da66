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
export { OpenSource, type SourceFile, SourceFolder, UnreadableFile } from './folder.ts';
export { takenNames } from './place-file.ts';
