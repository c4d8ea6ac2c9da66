/**
 * What may need a person. The codes are stable, because programs match them. `stuck`: something waits that does not come forward by
 * itself. `attention`: the pipeline goes on, but something was not loaded, or is not there, that somebody wanted.
 */
export const REASON_LEVELS = {
  outage: 'stuck',
  failed_batches: 'stuck',
  no_workers: 'stuck',
  source_not_visible: 'stuck',
  /** Records wait, and no flush comes. */
  flush_overdue: 'stuck',
  /** A file waits and workers run, but nothing is committed. */
  standstill: 'stuck',
  unseen_files: 'stuck',
  paused: 'stuck',
  newer_version: 'stuck',
  feed_aside: 'stuck',
  feed_yaml_wrong: 'stuck',
  feed_yaml_outdated: 'stuck',
  feed_files_ambiguous: 'stuck',
  file_quarantined: 'attention',
  /** Every record of it was rejected. */
  file_rejected: 'attention',
  /** A quote too many took the lines behind it along. */
  lines_swallowed: 'attention',
  file_unreadable: 'attention',
  /** It went silent without leaving. */
  process_missed: 'attention',
  no_watcher: 'attention',
  expectation_missed: 'attention',
} as const satisfies Readonly<Record<string, ReasonLevel>>;

type ReasonLevel = 'stuck' | 'attention';
export type ReasonCode = keyof typeof REASON_LEVELS;

/** What a person may want to know, though nobody is needed. */
type NoticeCode = 'feed_files_unclaimed' | 'files_held';

/** Something that the health says. */
interface Told<Code extends string> {
  readonly code: Code;
  /** What it is about: a file, a feed, a process; '' for the whole pipeline. */
  readonly subject: string;
  /** What is wrong, and why: a sentence without its capital letter and its full stop. */
  readonly text: string;
  /** What to do: likewise. */
  readonly todo: string;
  /** The feed that it is about, if it is about one. */
  readonly feed?: string;
}

export type HealthNotice = Told<NoticeCode>;

/** Why a person is needed. */
export interface HealthReason extends Told<ReasonCode> {
  readonly level: ReasonLevel;
  /**
   * Which occasion it is: an acknowledgement is of this one, and the next one is told again. Of a file it is the number of its version.
   */
  readonly version: string;
}

/** A reason at the level of its code. */
export function reason({
  version = '',
  ...told
}: Told<ReasonCode> & Partial<Pick<HealthReason, 'version'>>): HealthReason {
  return { ...told, version, level: REASON_LEVELS[told.code] };
}

/** The codes that can be acknowledged. */
export const ACKNOWLEDGED_CODES = Object.entries(REASON_LEVELS)
  .filter(([, level]) => level === 'attention')
  .map(([code]) => code);

/** What is wrong and what to do, on one line. */
export function reasonLine({ text, todo }: Pick<HealthReason, 'text' | 'todo'>): string {
  return `${text}: ${todo}`;
}
