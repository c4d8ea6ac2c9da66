import type { FleetMember } from '@sluice/staging';

/** Files that are not read yet because they may still be being written. */
export interface WaitingFiles {
  readonly files: number;
  /** Of them, those that only wait because their last line has no line end. */
  readonly unfinished: number;
  /** The names of the first few of those. */
  readonly names: readonly string[];
}

/** What the watchers say that waits. They see the same files, so the one that sees most is believed. */
export function waitingOf(members: readonly FleetMember[]): WaitingFiles {
  const most = (one: WaitingFiles, other: WaitingFiles) => (other.files > one.files ? other : one);
  return members.flatMap(({ waiting }) => waiting ?? []).reduce(most, { files: 0, unfinished: 0, names: [] });
}
