import type { Overview, Range, Session } from './answers.ts';
import type { Api } from './api.ts';
import type { Child } from './dom.ts';
import type { Place } from './place.ts';

/** What a page is given. */
export interface App {
  readonly api: Api;
  readonly session: Session;
  readonly place: Place;
  readonly range: Range;
  /** Just asked for: the health line shows it on every page. */
  readonly overview: Overview;
  readonly signal: AbortSignal;
  refresh(): Promise<void>;
}

/** A page asks for what it shows and makes it again at each refresh; what may stay on the screen stays. */
export interface Page {
  /** Name of its entry in the navigation. */
  readonly section: string;
  readonly title: string;
  show(app: App): Promise<Child>;
}
