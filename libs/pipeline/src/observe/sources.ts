import type { FleetMember } from '@sluice/staging';

type Report = NonNullable<FleetMember['feeds']>[number];

/** The source of a feed, as the watchers saw it last. */
export interface SourceState {
  readonly feed: string;
  /** Where it is. */
  readonly place: string;
  /** Why it cannot be asked, and since when; undefined while it can. */
  readonly away: Report['away'];
  /** The last listing of all of it; undefined before the first one. */
  readonly listing: Report['listing'];
}

/** The sources that the watchers report, by feed. Where several watch one, the latest listing counts. */
export function sourceStates(members: readonly FleetMember[]): SourceState[] {
  const latest = new Map<string, SourceState>();
  const reports = members
    .filter(({ role }) => role === 'watcher')
    .flatMap(({ feeds = [] }) => feeds)
    .toSorted((a, b) => (a.listing?.at ?? 0) - (b.listing?.at ?? 0));
  for (const { feed, folder: place, away, listing } of reports)
    latest.set(`${feed} ${place}`, { feed, place, away, listing });
  return [...latest.values()].sort((a, b) => (a.feed < b.feed ? -1 : 1));
}
