import { QUARANTINE_REASONS, strayQuotesInWords } from '@sluice/core';
import { type FileInNeed, type FileNeed, filesInNeed } from '@sluice/ledger';
import { placeByFeed } from '../feed-places.ts';
import type { Stores } from '../stores.ts';
import { Whereabouts } from '../whereabouts.ts';
import { type HealthReason, reason } from './reasons.ts';

/** The files that need attention, newest first. */
export interface FileNeeds {
  readonly files: readonly FileInNeed[];
  /** There are more. */
  readonly more: boolean;
}

const LOOKED_AT = 500;
const TOLD_AT_MOST = 5;

/** Reads which files need attention, without those that somebody has taken away. It looks at the newest 500, of each in its folder. */
export async function readFileNeeds(stores: Pick<Stores, 'sql' | 'config'>): Promise<FileNeeds> {
  const found = await filesInNeed(stores.sql, null, LOOKED_AT + 1);
  if (found.length === 0) return { files: [], more: false };
  const whereabouts = new Whereabouts(await placeByFeed(stores));
  const files: FileInNeed[] = [];
  for (const file of found.slice(0, LOOKED_AT)) if (!(await whereabouts.isDeleted(file))) files.push(file);
  return { files, more: found.length > LOOKED_AT };
}

/** Tells of the newest files of each kind, and how many more there are. */
export function fileReasons({ files, more }: FileNeeds): HealthReason[] {
  const byCode = Map.groupBy(files, ({ code }) => code);
  return [...byCode].flatMap(([code, own]) => {
    const told = own.slice(0, TOLD_AT_MOST).map((file) => {
      const { name: subject, feed, fileNo, token } = file;
      // A watcher that cannot read a file knows its token only, and an acknowledgement holds for what a worker says of it too.
      const version = code === 'file_unreadable' ? token : String(fileNo);
      return reason({ code, subject, feed, version, ...WORDS[code](file) });
    });
    const rest = own.length - told.length;
    if (rest === 0) return told;
    const count = more ? `at least ${rest}` : String(rest);
    return [...told, reason({ code, subject: '', ...MORE[code](count) })];
  });
}

type Words = Pick<HealthReason, 'text' | 'todo'>;

const reasons: Readonly<Record<string, string>> = QUARANTINE_REASONS;
const AGAIN = 'correct the file and put it into its source again';

const WORDS: Readonly<Record<FileNeed, (file: FileInNeed) => Words>> = {
  file_quarantined: ({ name, quarantine }) => ({
    text: `${name} is quarantined, because ${reasons[quarantine ?? ''] ?? 'another version of Sluice could not read it'}`,
    todo: `"quarantine" says more; ${AGAIN}`,
  }),
  file_rejected: ({ name, records }) => ({
    text: `every record of ${name} was rejected (${records})`,
    todo: `"rejects --file ${name}" says why; ${AGAIN}`,
  }),
  lines_swallowed: ({ name, strayQuotes }) => ({
    text:
      strayQuotes === null
        ? `${name} has records over many lines that look like several`
        : `${name} has lines that a quote too many took along: ${strayQuotesInWords(strayQuotes).split(': ')[0]}`,
    todo: AGAIN,
  }),
  file_unreadable: ({ name }) => ({ text: `${name} cannot be read`, todo: READABLE }),
};

const READABLE = 'give the watcher and the workers the right to read it, or take it away';

const MORE: Readonly<Record<FileNeed, (count: string) => Words>> = {
  file_quarantined: (count) => ({
    text: `${count} more quarantined files`,
    todo: '"quarantine" lists them',
  }),
  file_rejected: (count) => ({
    text: `${count} more files of which every record was rejected`,
    todo: '"rejects" says why',
  }),
  lines_swallowed: (count) => ({
    text: `${count} more files with lines that a quote too many took along`,
    todo: 'the file pages of the dashboard name the lines',
  }),
  file_unreadable: (count) => ({ text: `${count} more files that cannot be read`, todo: READABLE }),
};
