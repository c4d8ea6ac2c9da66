export { canonicalLoad } from './canonical.ts';
export type { Declaration } from './declaration.ts';
export { initFromDescriptor } from './descriptor/init.ts';
export { feedNamed } from './feed-named.ts';
export {
  /** @internal Exported for its test. */
  type FeedChoices,
  feedYaml,
  outlierLine,
} from './infer/feed-yaml.ts';
export { type Inspection, inspect } from './infer/inspect.ts';
export { feedName } from './infer/names.ts';
export { type Mistake, mistakeLine } from './mistake.ts';
export { type ReadFeeds, readFeeds } from './read-feeds.ts';
export {
  /** @internal exported for the test of the schema file */
  feedSchema,
} from './schema.ts';
