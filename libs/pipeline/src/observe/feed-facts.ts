import type { HeldFile, LedgerFeed } from '@sluice/ledger';
import type { FleetMember } from '@sluice/staging';

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
  /** Files that were not loaded because their content, or other content of their name, had been loaded. */
  readonly held: readonly HeldFile[];
  /** Files in a folder that no feed matches. The feed is the first one of the folder. */
  readonly unclaimed: readonly { readonly feed: string; readonly folder: string; readonly files: number }[];
}

/** Why a feed needs a person, and what to do. */
export interface FeedReason {
  readonly code:
    | 'feed_aside'
    | 'feed_yaml_wrong'
    | 'feed_yaml_outdated'
    | 'feed_files_ambiguous'
    | 'feed_files_unclaimed'
    | 'files_held';
  readonly feed: string;
  readonly text: string;
}

const TOLD_AT_MOST = 5;

/** Gathers what the fleet and the ledger say. Watchers that see the same say it once. */
export function feedFacts(
  members: readonly FleetMember[],
  known: readonly LedgerFeed[],
  held: readonly HeldFile[],
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
    held,
    unclaimed: once(
      reports
        .filter(({ declared, unclaimed }) => declared && unclaimed > 0)
        .map(({ feed, folder, unclaimed: files }) => ({ feed, folder, files })),
      ({ folder }) => folder,
    ),
  };
}

/** What needs a person. */
export function feedReasons({ aside, outdated, mistakes, ambiguous }: FeedFacts): FeedReason[] {
  return [
    ...aside.map(({ feed, why }): FeedReason => {
      const text = `the feed ${feed} is set aside: ${why}; it goes on by itself when its table fits`;
      return { code: 'feed_aside', feed, text };
    }),
    ...mistakes.map(({ feed, host, text: line }): FeedReason => {
      const text = `the YAML of the feed ${feed} on ${host} is wrong, so what was right before stays: ${line}`;
      return { code: 'feed_yaml_wrong', feed, text };
    }),
    ...outdated.map(({ feed, host }): FeedReason => {
      const text = `the YAML of the feed ${feed} on ${host} is older than its active contract, and differs: give all watchers the same one; this one registers nothing for it`;
      return { code: 'feed_yaml_outdated', feed, text };
    }),
    ...ambiguous.map(({ feed, files, name }): FeedReason => {
      const text = `another feed of the same folder matches ${files} ${files === 1 ? 'file' : 'files'} of ${feed} too, such as ${name}, so none loads them: change "files" of one`;
      return { code: 'feed_files_ambiguous', feed, text };
    }),
  ].slice(0, 4 * TOLD_AT_MOST);
}

/** What a person may want to know. */
export function feedNotices({ unclaimed, held }: FeedFacts): FeedReason[] {
  const unmatched = unclaimed.slice(0, TOLD_AT_MOST).map(({ feed, folder, files }): FeedReason => {
    const text = `no feed matches ${files} ${files === 1 ? 'file' : 'files'} in ${folder}`;
    return { code: 'feed_files_unclaimed', feed, text };
  });
  return [...unmatched, ...held.slice(0, TOLD_AT_MOST).map(heldNotice)];
}

function heldNotice({ feed, name, held, sameAs, files }: HeldFile): FeedReason {
  const same =
    sameAs === name
      ? `${name} was not loaded again, because its content has not changed`
      : `${name} was not loaded, because ${sameAs ?? 'another file'} has the same content`;
  const what =
    held === 'new_content' ? `${name} waits: it is new content under the name of a loaded file` : same;
  const others = files > 1 ? ` (one of ${files} of the feed ${feed})` : '';
  return { code: 'files_held', feed, text: `${what}${others}: "replay ${name} --add" loads it` };
}
