import { type Contract, type FileRules, isSourceName, READER_VERSION } from '@sluice/core';
import type { Sql } from '@sluice/ledger';
import type { Config, Logger } from '@sluice/process';
import { SourceFolder } from '@sluice/source';
import type { Checkpoint } from '@sluice/staging';
import { CleanUp } from './load/clean-up.ts';

/** Declares a kind of file: where its files arrive, how they are read, and what happens to a file after it is loaded. */
export interface Feed {
  readonly source: SourceFolder;
  /** Whether a file with this name in the source folder belongs to this feed. */
  readonly names: (name: string) => boolean;
  /** What its records must look like. */
  readonly contract: Contract;
  /** How versions that are found now are read. Each version keeps these rules (I6). */
  readonly rules: FileRules;
  /** Which files are loaded, as Redis remembers it (I4). */
  readonly checkpoint: Checkpoint;
  readonly cleanUp: CleanUp;
}

/** What the feed of events shares with other code. */
interface Shared {
  readonly config: Config;
  readonly log: Logger;
  readonly sql: Sql;
  readonly checkpoint: Checkpoint;
}

/** The feed of events, from the settings. */
export function eventsFeed({ config, checkpoint, ...shared }: Shared): Feed {
  const names = isSourceName;
  const source = new SourceFolder(config.sourceDir, names);
  const cleanUp = new CleanUp({ ...shared, config, folder: source });
  return { source, names, contract: shared.sql.contract, rules: rulesOf(config), checkpoint, cleanUp };
}

/** The current rules, which are pinned to each version when it is registered (I6). */
export function rulesOf(
  config: Pick<Config, 'chunkRows' | 'csvDelimiter' | 'sourceTimezone' | 'rejectLimit' | 'expansionLimit'>,
): FileRules {
  return {
    chunkRows: config.chunkRows,
    reader: READER_VERSION,
    delimiter: config.csvDelimiter,
    timeZone: config.sourceTimezone,
    rejectLimit: config.rejectLimit ?? null,
    expansionLimit: config.expansionLimit,
  };
}
