import { DEFAULT_RULES, type FileRules, READER_VERSION } from '@sluice/core';
import type { Declaration } from '@sluice/feeds';
import type { Config } from '@sluice/process';
import type { Source } from '@sluice/source';
import type { Checkpoint } from '@sluice/staging';
import type { CleanUp } from './load/clean-up.ts';

/** What a process must know of a feed to reach its files. */
export type Place = Pick<
  Declaration,
  'name' | 'source' | 'sourceOptions' | 'files' | 'cleanSource' | 'archiveDir' | 'quarantineDir'
>;

/**
 * A kind of file: where its files arrive, and what happens to a file after it is loaded. How a file is read and what its records
 * must be is in the ledger, because each file version keeps what it was registered with (I6).
 */
export interface Feed {
  readonly name: string;
  readonly place: Place;
  readonly source: Source;
  /** The rules of reading by the settings, for what is registered without a contract. */
  readonly rules: FileRules;
  /** Which files are loaded, as Redis remembers it (I4). */
  readonly checkpoint: Checkpoint;
  readonly cleanUp: CleanUp;
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
