import type { FleetMember } from '@sluice/staging';

/** Files that are not read yet because they may still be written to. */
export interface WaitingFiles {
  readonly files: number;
  /** How many of them wait only because their last line has no line end. */
  readonly unfinished: number;
  /** The names of the first few of those. */
  readonly names: readonly string[];
}

/** The waiting files that the watchers report. All watchers see the same files, so the report with the most files counts. */
export function waitingOf(members: readonly FleetMember[]): WaitingFiles {
  const most = (one: WaitingFiles, other: WaitingFiles) => (other.files > one.files ? other : one);
  return members.flatMap(({ waiting }) => waiting ?? []).reduce(most, { files: 0, unfinished: 0, names: [] });
}

/** The waiting files of all feeds together. */
export function totalWaiting(feeds: readonly { readonly waiting: WaitingFiles }[]): WaitingFiles {
  const sum = (key: 'files' | 'unfinished') => feeds.reduce((n, { waiting }) => n + waiting[key], 0);
  const names = feeds.flatMap(({ waiting }) => waiting.names).slice(0, NAMED_AT_MOST);
  return { files: sum('files'), unfinished: sum('unfinished'), names };
}

const NAMED_AT_MOST = 5;
