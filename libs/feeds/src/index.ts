export { type FeedChoices, feedYaml } from './infer/feed-yaml.ts';
export { type Inspection, inspect } from './infer/inspect.ts';
