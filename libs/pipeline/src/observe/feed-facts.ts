import type { HeldFile, LedgerFeed } from '@sluice/ledger';
import type { LeftOut } from '@sluice/source';
import type { FleetMember } from '@sluice/staging';
import { type MissedExpectation, missedText } from './expectations.ts';
import { type HealthNotice, type HealthReason, type ReasonCode, reason } from './reasons.ts';

/** What watchers and the ledger say of single feeds. */
export interface FeedFacts {
  /** Feeds that do not fit their tables. */
  readonly aside: readonly { readonly feed: string; readonly why: string }[];
  /** Hosts whose YAML of a feed is older than its active contract, and differs. */
  readonly outdated: readonly { readonly feed: string; readonly host: string }[];
  /** Mistakes in the YAML of feeds: a line for each. */
  readonly mistakes: readonly { readonly feed: string; readonly host: string; readonly text: string }[];
  /** Files that two feeds match, so that neither takes them. */
  readonly ambiguous: readonly { readonly feed: string; readonly files: number; readonly name: string }[];
  /** Files that a watcher may not or cannot read: how many of a feed, and the names of some. */
  readonly unreadable: readonly {
    readonly feed: string;
    readonly host: string;
    readonly files: number;
    readonly names: readonly string[];
    /** The token of each, '' where it is not known: an acknowledgement is of the file as it is. */
    readonly tokens: readonly string[];
  }[];
  /** Feeds whose files have not come. */
  readonly missed: readonly MissedExpectation[];
  /** Files that were not loaded because their content, or other content of their name, had been loaded. */
  readonly held: readonly HeldFile[];
  /** What is ignored in a folder. The feed is the first one of the folder. */
  readonly ignored: readonly (Ignored & { readonly feed: string; readonly folder: string })[];
}

const TOLD_AT_MOST = 5;

/** Gathers what the fleet and the ledger say. Watchers that see the same say it once. */
export function feedFacts(
  members: readonly FleetMember[],
  known: readonly LedgerFeed[],
  held: readonly HeldFile[],
  missed: readonly MissedExpectation[],
): FeedFacts {
  const reports = members.flatMap(({ host, feeds = [] }) => feeds.map((report) => ({ host, ...report })));
  const once = <T>(all: readonly T[], keyOf: (one: T) => string) => [
    ...new Map(all.map((one) => [keyOf(one), one])).values(),
  ];
  return {
    aside: known.flatMap(({ feed, asideAt, asideWhy }) =>
      asideAt === null ? [] : [{ feed, why: asideWhy ?? '' }],
    ),
    outdated: once(
      reports.flatMap(({ host, feed, outdated }) => (outdated ? [{ feed, host }] : [])),
      ({ feed, host }) => `${feed} ${host}`,
    ),
    mistakes: once(
      members.flatMap(({ host, mistakes = [] }) => mistakes.map((one) => ({ host, ...one }))),
      ({ text, host }) => `${text} ${host}`,
    ),
    ambiguous: once(
      reports.flatMap(({ feed, ambiguous: { files, names } }) =>
        files === 0 ? [] : [{ feed, files, name: names[0] ?? '' }],
      ),
      ({ feed }) => feed,
    ),
    unreadable: once(
      reports.flatMap(({ feed, host, unreadable }) =>
        unreadable.files === 0 ? [] : [{ feed, host, ...unreadable }],
      ),
      ({ feed }) => feed,
    ),
    missed,
    held,
    ignored: once(
      reports.filter(({ declared, ...ignored }) => declared && ignoredText(ignored) !== ''),
      ({ folder }) => folder,
    ).map(({ feed, folder, unclaimed, specials, folders }) => ({
      ...{ feed, folder, unclaimed, specials, folders },
    })),
  };
}

/** What needs a person. */
export function feedReasons(facts: FeedFacts): HealthReason[] {
  const { aside, outdated, mistakes, ambiguous, unreadable, missed } = facts;
  const about = (code: ReasonCode, feed: string, text: string, todo: string) =>
    reason({ code, subject: feed, feed, text, todo });
  return [
    ...aside.map(({ feed, why }) =>
      about(
        'feed_aside',
        feed,
        `the feed ${feed} is set aside, because its table does not fit: ${why}`,
        `make the table fit ("feed check ${feed}" says how); the feed then goes on by itself`,
      ),
    ),
    ...mistakes.map(({ feed, host, text }) =>
      about(
        'feed_yaml_wrong',
        feed,
        `the YAML of the feed ${feed} on ${host} is wrong, so what was right before stays: ${text}`,
        `correct it; "feed check ${feed}" shows all mistakes`,
      ),
    ),
    ...outdated.map(({ feed, host }) =>
      about(
        'feed_yaml_outdated',
        feed,
        `the YAML of the feed ${feed} on ${host} is older than its active contract, and differs, so its watcher registers nothing for the feed`,
        'give all watchers the same one',
      ),
    ),
    ...ambiguous.map(({ feed, files, name }) =>
      about(
        'feed_files_ambiguous',
        feed,
        `another feed of the same folder matches ${counted(files)} of ${feed} too, such as ${name}, so none loads them`,
        'change "files" of one',
      ),
    ),
    ...missed.map((one) =>
      reason({
        ...{ code: 'expectation_missed', subject: one.feed, feed: one.feed },
        // An acknowledgement holds for this period.
        version: String(Math.floor(one.period.due.getTime() / one.expect.every)),
        text: missedText(one),
        todo: 'ask whoever sends them; it ends by itself when they come',
      }),
    ),
    ...unreadable.flatMap(unreadableReasons),
  ].slice(0, 4 * TOLD_AT_MOST);
}

/** One for each file that is named, because each is acknowledged by its name. */
function unreadableReasons(facts: FeedFacts['unreadable'][number]): HealthReason[] {
  const { feed, host, files, names, tokens } = facts;
  const others = files > names.length ? ` (one of ${files} of the feed ${feed})` : '';
  return names.map((subject, i) =>
    reason({
      ...{ code: 'file_unreadable', subject, feed, version: tokens[i] ?? '' },
      text: `the watcher on ${host} may not or cannot read ${subject}${others}, so it is not loaded`,
      todo: 'give its account the right to read it, or take it away; it is tried again at each reconcile',
    }),
  );
}

/** What a person may want to know. */
export function feedNotices({ ignored, held }: FeedFacts): HealthNotice[] {
  const told = ignored.slice(0, TOLD_AT_MOST).map(({ feed, folder, ...counts }): HealthNotice => {
    const text = `not loaded from ${folder}: ${ignoredText(counts)}`;
    const todo =
      counts.unclaimed > 0
        ? 'rename the files, or change "files" of a feed'
        : 'only files are loaded, and those of a folder in it by a pattern such as **/*.csv';
    return { code: 'feed_files_unclaimed', subject: folder, feed, text, todo };
  });
  return [...told, ...held.slice(0, TOLD_AT_MOST).map(heldNotice)];
}

function heldNotice({ feed, name, held, sameAs, files }: HeldFile): HealthNotice {
  const same =
    sameAs === name
      ? `${name} was not loaded again, because its content has not changed`
      : `${name} was not loaded, because ${sameAs ?? 'another file'} has the same content`;
  const what =
    held === 'new_content' ? `${name} waits: it is new content under the name of a loaded file` : same;
  const others = files > 1 ? ` (one of ${files} of the feed ${feed})` : '';
  const todo = `"replay ${name} --add" loads it`;
  return { code: 'files_held', subject: name, feed, text: `${what}${others}`, todo };
}

/** What lies in a source folder and is not loaded. */
type Ignored = Omit<LeftOut, 'ambiguous'>;

/** What is ignored in a source, in words; '' when nothing is. */
export function ignoredText({ unclaimed, specials, folders }: Ignored): string {
  const parts = [
    ...(unclaimed > 0 ? [`${counted(unclaimed)} that no feed matches`] : []),
    ...(specials > 0
      ? [specials === 1 ? '1 link or special file' : `${specials} links or special files`]
      : []),
    ...(folders > 0 ? [folders === 1 ? '1 subfolder' : `${folders} subfolders`] : []),
  ];
  return parts.join(', ');
}

const counted = (files: number): string => `${files} ${files === 1 ? 'file' : 'files'}`;
