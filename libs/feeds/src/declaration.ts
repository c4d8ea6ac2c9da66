import { join, resolve } from 'node:path';
import {
  defaultFiles,
  type Expectation,
  FIRST_FEED,
  type Load,
  placeIn,
  type SourceOptions,
  schemeOf,
} from '@sluice/core';
import type { Config } from '@sluice/process';
import type { FeedWords } from './words/feed.ts';

/** What the YAML of a feed declares. `load` is pinned in the ledger; the rest holds as it is now. */
export interface Declaration {
  readonly name: string;
  /** The absolute path of the YAML. */
  readonly file: string;
  readonly modifiedAt: Date;
  /** The source: the absolute path of a folder, or a place such as `s3://bucket/prefix`. */
  readonly source: string;
  /** How it is reached. */
  readonly sourceOptions: SourceOptions;
  /** Patterns of the names of its files. */
  readonly files: readonly string[];
  readonly cleanSource: Config['cleanSource'];
  readonly archiveDir: string;
  readonly quarantineDir: string;
  /** How long detail is kept, in ms; undefined without end. */
  readonly retention: number | undefined;
  /** Whether content that was loaded before, or new content of a loaded name, is loaded or waits for an operator. */
  readonly sameContent: 'hold' | 'add';
  readonly newContent: 'hold' | 'add';
  /** When files are to come; undefined when nobody waits for any. */
  readonly expect: Expectation | undefined;
  readonly load: Load;
}

type Place = Pick<Declaration, 'file' | 'modifiedAt' | 'load'>;

function expectationOf({ expect }: FeedWords): Expectation | undefined {
  if (expect === undefined) return undefined;
  const { every, by = null, timezone = 'UTC', files = 1 } = expect;
  return { every, by, timeZone: timezone, files };
}

/** Adds the defaults of places. Relative paths begin at the working directory. */
export function declarationOf(words: FeedWords, config: Config, place: Place): Declaration {
  const { feed: name, source, files = defaultFiles(words.format?.type), load = {} } = words;
  const isFolder = schemeOf(source ?? '') === undefined;
  const path = (given: string) =>
    schemeOf(given) === undefined ? resolve(config.cwd, given) : given.replace(/(?<=[^/])\/+$/, '');
  const { archive = load.archiveDir, quarantine = load.quarantineDir } = load;
  // Files of the first feed lie where they lay before there were others.
  const own = name === FIRST_FEED ? '' : name;
  // A source that is no folder has no archive but a declared one.
  const archiveDir = path(
    archive ?? (isFolder ? join(config.archiveDir, own) : placeIn(source ?? '', '.archive')),
  );
  return {
    name,
    file: place.file,
    modifiedAt: place.modifiedAt,
    source: path(source ?? join(config.dataDir, 'sources', name)),
    sourceOptions: words.sourceOptions ?? {},
    files,
    cleanSource: load.cleanSource ?? (load.archive === undefined ? 'off' : 'archive'),
    archiveDir,
    quarantineDir: path(
      quarantine ?? (isFolder ? join(config.quarantineDir, own) : placeIn(archiveDir, 'quarantine')),
    ),
    retention: 'retention' in load ? load.retention : config.retention,
    sameContent: load.sameContent ?? 'hold',
    newContent: load.newContent ?? 'hold',
    expect: expectationOf(words),
    load: place.load,
  };
}
