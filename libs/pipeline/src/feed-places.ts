import { FIRST_FEED, type FilePattern, filePattern, looksDeep } from '@sluice/core';
import { type Declaration, type Mistake, readFeeds } from '@sluice/feeds';
import { type LedgerFeed, ledgerFeeds, type Sql } from '@sluice/ledger';
import type { Config } from '@sluice/process';
import { type Claim, type Source, sourceAt } from '@sluice/source';
import type { Place } from './feed.ts';

/** Where the files of all feeds arrive: by the YAML here, and for feeds without one by what the ledger noted. */
export interface Places {
  readonly all: readonly Place[];
  readonly declarations: readonly Declaration[];
  /** Without the open questions of feeds that have never been in use: somebody is still writing those. */
  readonly mistakes: readonly Mistake[];
  readonly known: readonly LedgerFeed[];
}

/** @param before what was declared before, which stays for a feed whose YAML is wrong now */
export async function readPlaces(
  { config, sql }: { readonly config: Config; readonly sql: Sql },
  before: readonly Declaration[] = [],
): Promise<Places> {
  const [read, known] = await Promise.all([readFeeds(config), ledgerFeeds(sql)]);
  const wrong = new Set(read.mistakes.map(({ feed }) => feed));
  const declarations = [...read.declarations, ...before.filter(({ name }) => wrong.has(name))];
  const names = new Set(declarations.map(({ name }) => name));
  const noted = known.flatMap((feed) => (names.has(feed.feed) ? [] : notedPlace(feed, config)));
  const inUse = new Set(known.map(({ feed }) => feed));
  const mistakes = read.mistakes.filter(({ feed, question }) => !question || inUse.has(feed));
  return { all: [...declarations, ...noted], declarations, mistakes, known };
}

/** The place of each feed, by its name. */
export async function placeByFeed(stores: {
  readonly config: Config;
  readonly sql: Sql;
}): Promise<ReadonlyMap<string, Place>> {
  const { all } = await readPlaces(stores);
  return new Map([eventsPlace(stores.config), ...all].map((place) => [place.name, place]));
}

/** The place of `events` by the settings, which is what the YAML that Sluice ships says. */
export function eventsPlace({ sourceDir, cleanSource, archiveDir, quarantineDir }: Config): Place {
  const files = ['*.csv', '*.csv.gz', '*.csv.zst'];
  return {
    ...{ name: FIRST_FEED, source: sourceDir, sourceOptions: {} },
    ...{ files, cleanSource, archiveDir, quarantineDir },
  };
}

/** A feed without YAML here: what is open is finished. It takes no new files, and leaves the files where they are. */
function notedPlace(
  { feed: name, source, sourceOptions }: LedgerFeed,
  { archiveDir, quarantineDir }: Config,
): Place[] {
  if (source === null) return [];
  return [{ name, source, sourceOptions, files: [], cleanSource: 'off', archiveDir, quarantineDir }];
}

/**
 * The source of a feed. A file that two feeds of one source match belongs to neither.
 *
 * @param all gives all feeds, which are asked for at each name because they may change
 */
export function sourceOf(
  { name: feed, source, sourceOptions, files }: Place,
  all: () => Iterable<Place>,
): Source {
  const own = filePattern(files);
  const claim = (bareName: string): Claim => {
    let taken = false;
    for (const place of all())
      taken ||= place.name !== feed && place.source === source && patternOf(place).takes(bareName);
    if (own.takes(bareName)) return taken ? 'ambiguous' : 'own';
    return taken ? 'other' : 'unclaimed';
  };
  // Of a feed without patterns here, what is open is finished, wherever it lies.
  const deep = files.length === 0 || looksDeep(files);
  return sourceAt(source, { claim, feed, deep, options: sourceOptions });
}

const PATTERNS = new WeakMap<Place, FilePattern>();

function patternOf(place: Place): FilePattern {
  const pattern = PATTERNS.get(place) ?? filePattern(place.files);
  PATTERNS.set(place, pattern);
  return pattern;
}
