import type { Overview, Range } from './answers.ts';
import { Api, Refused, Unreachable } from './api.ts';
import type { App } from './app.ts';
import { type Child, el, to } from './dom.ts';
import { askingLine, healthLine, healthWords, lostLine, unknownLine } from './health.ts';
import { morphChildren } from './morph.ts';
import { pageAt } from './pages/index.ts';
import { clearNotice } from './parts/dialog.ts';
import { pageHead } from './parts/section.ts';
import { broken, empty, waiting } from './parts/states.ts';
import { placeOf } from './place.ts';
import { ZoomEvent } from './plot-zoom.ts';
import { type Freshness, Refresh } from './refresh.ts';
import { Shell } from './shell.ts';
import { RANGES, type Span, spanOf, timeQuery, withTime } from './span.ts';
import { applyTheme, theme } from './theme.ts';

const RANGE_KEY = 'sluice-range';
const FEED_KEY = 'sluice-feed';

applyTheme(theme());
const api = new Api();
const refresh = new Refresh(show, tellFreshness);
const shell = new Shell({
  refresh: () => void refresh.now(),
  chooseFeed: (feed) => {
    const { path, query } = placeOf(location.hash);
    const kept = [...query].filter(([name]) => !['feed', 'cursor', 'reason'].includes(name));
    location.hash = to(path, { ...Object.fromEntries(kept), feed: feed ?? 'all' });
  },
  toggleLive: () => {
    refresh.live = !refresh.live;
  },
});
shell.showWaiting(askingLine());

/** Shows the current page with fresh figures, or why there are none. */
async function show(signal: AbortSignal): Promise<void> {
  try {
    await showFigures(signal);
  } catch (error) {
    if (signal.aborted) throw error;
    if (error instanceof Unreachable) {
      showNothing();
      throw error;
    }
    if (!(error instanceof Refused)) console.error(error);
    showRefusal(error);
  }
}

async function showFigures(signal: AbortSignal): Promise<void> {
  const place = placeOf(location.hash);
  const page = pageAt(place);
  const range = chosenRange(place.query.get('range'));
  const span = spanOf(place);
  const [session, overview] = await Promise.all([
    api.session(),
    overviewOf(span ?? range, chosenFeed(place.query.get('feed')), signal),
  ]);
  shell.showSession(session);
  shell.showFeeds(overview.feeds ?? [], overview.feed, page.byFeed === true);
  const acks = session.mayAct ? { api, refresh: () => refresh.now() } : null;
  shell.showHealth(healthLine(overview, acks), healthWords(overview));
  const app: App = {
    api,
    session,
    place,
    range,
    span,
    feed: overview.feed,
    overview,
    signal,
    refresh: () => refresh.now(),
  };
  if (page.byTime === true) history.replaceState(null, '', withTime(place, span ?? range));
  const shown = await page.show(app).catch((error: unknown) => {
    if (error instanceof Refused) return [pageHead(page.title), broken(error)];
    throw error;
  });
  if (signal.aborted) return;
  fill(shown);
}

/** The health line says that the dashboard does not answer. What was shown before stays; a page that waits for its figures ends that. */
function showNothing(): void {
  if (!shell.main.hasAttribute('aria-busy')) return;
  fill([pageHead(pageAt(placeOf(location.hash)).title), empty('There are no figures yet')]);
}

/** Neither the health nor a page can be shown: for example, the database is not migrated, or a right is missing. */
function showRefusal(error: unknown): void {
  const refused = error instanceof Refused ? error : faultOfPage(error);
  shell.showHealth(unknownLine(), 'Health: not known.');
  fill([pageHead(pageAt(placeOf(location.hash)).title), broken(refused)]);
}

function faultOfPage(error: unknown): Refused {
  const reason = error instanceof Error ? error.message : String(error);
  return new Refused(0, {
    message: `this page cannot show what it was given: ${reason}`,
    hint: 'reload the page; if that does not help, the dashboard and the page may be of different versions',
  });
}

function fill(shown: Child): void {
  const first = shell.main.hasAttribute('aria-busy');
  morphChildren(shell.main, el('div', {}, shown));
  shell.main.removeAttribute('aria-busy');
  if (first) shell.main.querySelector<HTMLElement>('[data-focus]')?.focus();
}

function chosenRange(asked: string | null): Range {
  const range = RANGES.find((one) => one === (asked ?? localStorage.getItem(RANGE_KEY))) ?? '1h';
  localStorage.setItem(RANGE_KEY, range);
  return range;
}

/** `all` stands for no feed in an address and in what the browser keeps. */
function chosenFeed(asked: string | null): string | null {
  const feed = asked ?? localStorage.getItem(FEED_KEY) ?? 'all';
  localStorage.setItem(FEED_KEY, feed);
  return feed === 'all' ? null : feed;
}

/** The browser may remember a feed that this ledger does not have. */
async function overviewOf(time: Range | Span, feed: string | null, signal: AbortSignal): Promise<Overview> {
  try {
    return await api.get<Overview>('/api/overview', { ...timeQuery(time), feed }, signal);
  } catch (error) {
    if (feed === null || !(error instanceof Refused) || error.status >= 500) throw error;
    localStorage.removeItem(FEED_KEY);
    return await api.get<Overview>('/api/overview', timeQuery(time), signal);
  }
}

function tellFreshness(freshness: Freshness): void {
  shell.showFreshness(freshness);
  if (freshness.lostSince !== null) {
    shell.showHealth(lostLine(freshness.lostSince, freshness.at), 'Health: the dashboard does not answer.');
  }
}

/** Another page starts empty, at its top, and gets the focus. Another filter of the same page keeps the scroll position. */
let pathShown: string | undefined;
function go(): void {
  const place = placeOf(location.hash);
  const path = place.path.join('/');
  if (path !== pathShown) {
    const page = pageAt(place);
    document.title = page.section === 'Overview' ? 'Sluice' : `${page.title} \u2013 Sluice`;
    shell.showSection(page.section);
    shell.main.replaceChildren(waiting());
    clearNotice();
    shell.main.dataset.path = path;
    shell.main.setAttribute('aria-busy', 'true');
    if (pathShown !== undefined) {
      scrollTo(0, 0);
      shell.main.focus({ preventScroll: true });
    }
    pathShown = path;
  }
  void refresh.now();
}

document.addEventListener('sluice-zoom', (event) => {
  if (!(event instanceof ZoomEvent)) return;
  location.hash = withTime(placeOf(location.hash), event.span ?? chosenRange(null));
});
addEventListener('hashchange', go);
go();
