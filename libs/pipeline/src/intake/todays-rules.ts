import { type FileRules, READER_VERSION } from '@sluice/core';
import type { Config } from '@sluice/process';

/** The rules that a version found today is read by, for as long as it is read (I6). */
export function todaysRules(
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
