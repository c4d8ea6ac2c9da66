import { readdir, readFile, stat } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { type Config, ConfigError, codeOf } from '@sluice/process';
import type { Declaration } from './declaration.ts';
import { overlapsOf } from './folders.ts';
import type { Mistake } from './mistake.ts';
import { type FeedFile, type ReadFeed, readFeed } from './read-feed.ts';

/** What a process knows of the feeds by their YAML. */
export interface ReadFeeds {
  /** The feeds without mistakes, by name. */
  readonly declarations: readonly Declaration[];
  /** What is wrong with the others. A feed with mistakes is not retired: what was read of it before goes on. */
  readonly mistakes: readonly Mistake[];
}

/** The feeds that Sluice ships with, for an installation that has no folder of its own. */
const SHIPPED = join(import.meta.dirname, '../../../config/feeds');

const LARGEST = 1024 ** 2;

type Outcome = ReturnType<typeof readFeed>;

/** What was read last with these settings, by the path of the file. */
const READ_BEFORE = new WeakMap<Config, ReadonlyMap<string, readonly [FeedFile, Outcome]>>();

/**
 * Reads `FEEDS_DIR/*.yaml`. Processes do so every few seconds, so a file that has not changed is not taken apart again.
 *
 * @throws {ConfigError} when the folder cannot be read, because a missing folder does not mean that all feeds are retired
 */
export async function readFeeds(config: Config): Promise<ReadFeeds> {
  const { files, mistakes } = await filesOf(config);
  const read: ReadFeed[] = [];
  for (const feed of outcomesOf(files, config)) {
    if ('declaration' in feed) read.push(feed);
    else mistakes.push(...feed);
  }
  mistakes.push(...sameTables(read), ...(await sharedFolders(read)));
  const wrong = new Set(mistakes.map(({ feed }) => feed));
  const declarations = read.map(({ declaration }) => declaration).filter(({ name }) => !wrong.has(name));
  return {
    declarations,
    mistakes: mistakes.sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1)),
  };
}

function outcomesOf(files: readonly FeedFile[], config: Config): Outcome[] {
  const before = READ_BEFORE.get(config);
  const now = files.map((file): [FeedFile, Outcome] => {
    const [known, outcome] = before?.get(file.path) ?? [];
    const same = known?.text === file.text && known.modifiedAt.getTime() === file.modifiedAt.getTime();
    return [file, (same ? outcome : undefined) ?? readFeed(file, config)];
  });
  READ_BEFORE.set(config, new Map(now.map((one) => [one[0].path, one])));
  return now.map(([, outcome]) => outcome);
}

async function filesOf(
  config: Config,
): Promise<{ readonly files: FeedFile[]; readonly mistakes: Mistake[] }> {
  const folder = await folderOf(config);
  const mistakes: Mistake[] = [];
  const files: FeedFile[] = [];
  for (const entry of (await readdir(folder)).sort()) {
    const { name, ext } = parse(entry);
    if (entry.startsWith('.') || !/^\.ya?ml$/i.test(ext)) continue;
    const path = join(folder, entry);
    const wrong = (message: string) => mistakes.push({ feed: name, file: path, line: 1, message });
    if (ext !== '.yaml') wrong(`got a file that ends in ${ext}; allowed: .yaml`);
    else
      try {
        const { size, mtime } = await stat(path);
        if (size > LARGEST) wrong(`got a file of ${size} bytes; allowed: at most ${LARGEST}`);
        else files.push({ name, path, text: await readFile(path, 'utf8'), modifiedAt: mtime });
      } catch (error) {
        // A file that has just been removed is not there.
        if (codeOf(error) !== 'ENOENT')
          wrong(`got a file that cannot be read (${codeOf(error)}); allowed: one that can`);
      }
  }
  return { files, mistakes };
}

async function folderOf({ feedsDir, origins }: Config): Promise<string> {
  try {
    await readdir(feedsDir);
    return feedsDir;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' && origins.feedsDir === 'default') return SHIPPED;
    throw new ConfigError(
      `FEEDS_DIR: got ${JSON.stringify(feedsDir)}, which cannot be read (${code}); allowed: a folder with one YAML file for each feed`,
    );
  }
}

/** Of two feeds that do not go together, the one whose YAML was changed last is wrong: the other one may be at work. */
function later(a: ReadFeed, b: ReadFeed): ReadFeed {
  const [one, other] = [a.declaration, b.declaration];
  if (one.modifiedAt.getTime() !== other.modifiedAt.getTime())
    return one.modifiedAt > other.modifiedAt ? a : b;
  return one.name > other.name ? a : b;
}

function sameTables(feeds: readonly ReadFeed[]): Mistake[] {
  return feeds.flatMap((feed, i) =>
    feeds.slice(i + 1).flatMap((other) => {
      const { table } = feed.declaration.load.contract;
      if (inSchema(table) !== inSchema(other.declaration.load.contract.table)) return [];
      const wrong = later(feed, other);
      const { name, load } = (wrong === feed ? other : feed).declaration;
      return wrong.mistake(
        ['table'],
        `a table that no other feed fills; ${name} fills ${load.contract.table}`,
      );
    }),
  );
}

/** A name without a schema is nearly always one of `public`. */
const inSchema = (table: string): string => (table.includes('.') ? table : `public.${table}`);

/** By which of its two names a feed gives a place of clean-up. */
function wordOf({ words }: ReadFeed, target: 'archiveDir' | 'quarantineDir'): string {
  const now = target === 'archiveDir' ? 'archive' : 'quarantine';
  return words.load?.[now] === undefined ? target : now;
}

async function sharedFolders(feeds: readonly ReadFeed[]): Promise<Mistake[]> {
  const byName = new Map(feeds.map((feed) => [feed.declaration.name, feed]));
  const overlaps = await overlapsOf(feeds.map(({ declaration }) => declaration));
  return overlaps.flatMap(({ feed, other, word: target }) => {
    const [owner, cleaner] = [byName.get(feed.name), byName.get(other.name)];
    if (owner === undefined || cleaner === undefined) return [];
    const word = wordOf(cleaner, target);
    return later(owner, cleaner) === owner
      ? owner.mistake(
          ['source'],
          `a folder that no feed puts cleaned files into, as ${other.name} does (${word})`,
        )
      : cleaner.mistake(['load', word], `a folder where no feed looks for files, as ${feed.name} does`);
  });
}
