import { DEFAULT_RULES, type FileRules, READER_VERSION } from '@sluice/core';
import type { Config } from '@sluice/process';
import type { SourceFolder } from '@sluice/source';
import type { Checkpoint } from '@sluice/staging';
import type { CleanUp } from './load/clean-up.ts';

/** The feed of events. Its files have bare names in the ledger, and code that means no other feed takes this one. */
export const EVENTS = 'events';

/** What a feed's YAML declares, apart from how a file is loaded. */
export interface Declaration {
  readonly name: string;
  /** The source folder, an absolute path. */
  readonly source: string;
  /** The patterns for the names of its files. */
  readonly files: readonly string[];
  readonly cleanSource: Config['cleanSource'];
  readonly archiveDir: string;
  readonly quarantineDir: string;
}

/**
 * A kind of file: where its files arrive, and what happens to a file after it is loaded. How a file is read and what its records
 * must be is in the ledger, because each file version keeps what it was registered with (I6).
 */
export interface Feed {
  readonly name: string;
  readonly declaration: Declaration;
  readonly source: SourceFolder;
  /** Whether a file with this name in the source folder belongs to this feed. */
  readonly names: (bareName: string) => boolean;
  /** How versions that are found now are read. Each version keeps these rules (I6). */
  readonly rules: FileRules;
  /** Which files are loaded, as Redis remembers it (I4). */
  readonly checkpoint: Checkpoint;
  readonly cleanUp: CleanUp;
}

/** What all names of the ledger begin with that belong to this feed. */
export function prefixOf(feed: string): string {
  return feed === EVENTS ? '' : `${feed}/`;
}

/** The declaration of the feed of events, from the settings. */
export function eventsDeclaration(config: Config): Declaration {
  const { sourceDir, cleanSource, archiveDir, quarantineDir } = config;
  const files = ['*.csv', '*.csv.gz', '*.csv.zst'];
  return { name: EVENTS, source: sourceDir, files, cleanSource, archiveDir, quarantineDir };
}

/** The current rules, which are pinned to each version when it is registered (I6). */
export function rulesOf(
  config: Pick<Config, 'chunkRows' | 'csvDelimiter' | 'sourceTimezone' | 'rejectLimit' | 'expansionLimit'>,
): FileRules {
  return {
    ...DEFAULT_RULES,
    chunkRows: config.chunkRows,
    reader: READER_VERSION,
    delimiter: config.csvDelimiter,
    timeZone: config.sourceTimezone,
    rejectLimit: config.rejectLimit ?? null,
    expansionLimit: config.expansionLimit,
  };
}
