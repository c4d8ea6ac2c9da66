import { type Contract, type FileRules, isSourceName, READER_VERSION } from '@sluice/core';
import type { Sql } from '@sluice/ledger';
import type { Config, Logger } from '@sluice/process';
import { SourceFolder } from '@sluice/source';
import type { Checkpoint } from '@sluice/staging';
import { CleanUp } from './load/clean-up.ts';

/** What is declared once for a kind of file: where its files arrive, how they are read, and what becomes of a file that is loaded. */
export interface Feed {
  readonly source: SourceFolder;
  /** Whether a file of this name in the source is one of it. */
  readonly names: (name: string) => boolean;
  /** What a record of it must be. */
  readonly contract: Contract;
  /** How a version found today is read, for as long as it is read (I6). */
  readonly rules: FileRules;
  /** Which files are loaded, by what Redis remembers (I4). */
  readonly checkpoint: Checkpoint;
  readonly cleanUp: CleanUp;
}

/** What the feed of events shares with others. */
interface Shared {
  readonly config: Config;
  readonly log: Logger;
  readonly sql: Sql;
  readonly checkpoint: Checkpoint;
}

/** The feed of events, as the settings declare it. */
export function eventsFeed({ config, checkpoint, ...shared }: Shared): Feed {
  const names = isSourceName;
  const source = new SourceFolder(config.sourceDir, names);
  const cleanUp = new CleanUp({ ...shared, config, folder: source });
  return { source, names, contract: shared.sql.contract, rules: rulesOf(config), checkpoint, cleanUp };
}

/** The rules of today, which are pinned to each version that is registered (I6). */
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
