export {
  /** @internal exported for the processes that will compare loads */
  canonicalLoad,
} from './canonical.ts';
export type {
  /** @internal exported for the processes that will take feeds from their YAML */
  Declaration,
} from './declaration.ts';
export { type FeedChoices, feedYaml } from './infer/feed-yaml.ts';
export { type Inspection, inspect } from './infer/inspect.ts';
export {
  /** @internal exported for the commands and the watcher, which will tell mistakes */
  type Mistake,
  /** @internal exported for the commands and the watcher, which will tell mistakes */
  mistakeLine,
} from './mistake.ts';
export {
  /** @internal exported for the processes that will take feeds from their YAML */
  type ReadFeeds,
  /** @internal exported for the processes that will take feeds from their YAML */
  readFeeds,
} from './read-feeds.ts';
export {
  /** @internal exported for the test of the schema file */
  feedSchema,
} from './schema.ts';
