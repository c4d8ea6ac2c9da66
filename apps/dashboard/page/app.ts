import type { Overview, Range, Session } from './answers.ts';
import type { Api } from './api.ts';
import type { Child } from './dom.ts';
import type { Place } from './place.ts';
import type { Span } from './span.ts';

/** What a page receives. */
export interface App {
  readonly api: Api;
  readonly session: Session;
  readonly place: Place;
  readonly range: Range;
  /** The span that is shown in place of the range. Null: the range. */
  readonly span: Span | null;
  /** The feed that lists and figures are limited to; null: all. */
  readonly feed: string | null;
  /** The latest overview. The health line shows it on every page. */
  readonly overview: Overview;
  readonly signal: AbortSignal;
  refresh(): Promise<void>;
}

/** The only feed that is shown: the one that is chosen, or the only one that there is. Lists of several name the feed of each entry. */
export function onlyFeed({ feed, overview }: App): NonNullable<Overview['feeds']>[number] | undefined {
  const feeds = overview.feeds ?? [];
  return feeds.find(({ name }) => name === feed || feeds.length === 1);
}

/** Whether the reader may correct rejects, which takes their values and the role of an operator. */
export function mayCorrect({ session }: App): boolean {
  return session.mayAct && session.values;
}

/** A page fetches and builds what it shows at each refresh. Elements that did not change stay on the screen. */
export interface Page {
  /** The name of its entry in the navigation. */
  readonly section: string;
  readonly title: string;
  /** Whether the choice of a feed limits what the page shows. */
  readonly byFeed?: true;
  /** Whether the page shows a range of time, which its address then names, so that it can be shared. */
  readonly byTime?: true;
  show(app: App): Promise<Child>;
}
