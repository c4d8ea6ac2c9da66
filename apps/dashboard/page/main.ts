import type { Overview, Range } from './answers.ts';
import { Api, Refused } from './api.ts';
import type { App } from './app.ts';
import { el } from './dom.ts';
import { askingLine, healthLine, healthWords, lostLine } from './health.ts';
import { morphChildren } from './morph.ts';
import { pageAt } from './pages/index.ts';
import { clearNotice } from './parts/dialog.ts';
import { pageHead } from './parts/section.ts';
import { broken, waiting } from './parts/states.ts';
import { placeOf } from './place.ts';
import { type Freshness, Refresh } from './refresh.ts';
import { Shell } from './shell.ts';
import { applyTheme, theme } from './theme.ts';

const RANGES: readonly Range[] = ['15m', '1h', '6h', '24h', '7d'];
const RANGE_KEY = 'sluice-range';

applyTheme(theme());
const api = new Api();
const refresh = new Refresh(show, tellFreshness);
const shell = new Shell({
  refresh: () => void refresh.now(),
  toggleLive: () => {
    refresh.live = !refresh.live;
  },
});
shell.showWaiting(askingLine());

/** Shows the current page with fresh figures. */
async function show(signal: AbortSignal): Promise<void> {
  const place = placeOf(location.hash);
  const page = pageAt(place);
  const range = chosenRange(place.query.get('range'));
  const [session, overview] = await Promise.all([
    api.session(),
    api.get<Overview>('/api/overview', { range }, signal),
  ]);
  shell.showSession(session);
  shell.showHealth(healthLine(overview), healthWords(overview));
  const app: App = { api, session, place, range, overview, signal, refresh: () => refresh.now() };
  const shown = await page.show(app).catch((error: unknown) => {
    if (error instanceof Refused) return [pageHead(page.title), broken(error)];
    throw error;
  });
  if (signal.aborted) return;
  morphChildren(shell.main, el('div', {}, shown));
  shell.main.removeAttribute('aria-busy');
}

function chosenRange(asked: string | null): Range {
  const range = RANGES.find((one) => one === (asked ?? localStorage.getItem(RANGE_KEY))) ?? '1h';
  localStorage.setItem(RANGE_KEY, range);
  return range;
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

addEventListener('hashchange', go);
go();
