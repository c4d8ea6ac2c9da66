import { copyFileSync, linkSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventKind } from './events.ts';
import type { Kind } from './kind.ts';
import { sales } from './sales.ts';

/** What can be loaded, by the name that the command line takes. */
export const KINDS = {
  plain: eventKind('events, all of them new and valid', { duplicates: 0, malformed: 0 }),
  duplicates: eventKind('events, 2 % of them duplicates', { duplicates: 0.02, malformed: 0 }),
  dirty: eventKind('events, 2 % duplicates and 1 % rejects', { duplicates: 0.02, malformed: 0.01 }),
  german: sales,
} satisfies Record<string, Kind>;

export type KindName = keyof typeof KINDS;

/** Makes a folder that holds only the feed of this kind. */
export function feedsFor({ feed }: Kind, folder: string): string {
  const feeds = join(folder, 'feeds');
  mkdirSync(feeds, { recursive: true });
  const from = fileURLToPath(feed);
  copyFileSync(from, join(feeds, basename(from)));
  return feeds;
}

/** Puts the files of one folder into another as hard links, so that each round has them without writing them again. */
export function linkFiles(from: string, to: string): void {
  for (const name of readdirSync(from)) linkSync(join(from, name), join(to, name));
}

/** Moves whole files from one folder to another of the same file system. */
export function dropFiles(from: string, to: string): void {
  for (const name of readdirSync(from)) renameSync(join(from, name), join(to, name));
}
