import type { Failures, FleetAnswer, Overview, Series } from '../answers.ts';
import type { App, Page } from '../app.ts';
import { type Child, el } from '../dom.ts';
import { isNew } from '../health.ts';
import { failuresCard } from '../parts/failure-groups.ts';
import { landHere, lost } from '../parts/states.ts';
import { timeQuery } from '../span.ts';
import { backlog } from './overview/backlog.ts';
import { batchProcessing } from './overview/batch-processing.ts';
import { dataQuality } from './overview/data-quality.ts';
import { database } from './overview/database.ts';
import { system } from './overview/system.ts';

/** Everything at a glance. */
export const overviewPage: Page = {
  section: 'Overview',
  title: 'Overview',
  byFeed: true,
  byTime: true,
  show: async (app) => {
    const { api, overview, signal, range, span, feed } = app;
    const [series, fleet, failures] = await Promise.all([
      api.getOrNull<Series>('/api/series', { ...timeQuery(span ?? range), feed }, signal),
      api.getOrNull<FleetAnswer>('/api/fleet', {}, signal),
      anyFailed(overview) ? api.getOrNull<Failures>('/api/failures', {}, signal) : null,
    ]);
    const heading = el('h1', { class: 'hidden' }, 'Overview');
    if (isNew(overview)) return [heading, welcome(app), system(overview, fleet), database(overview)];
    const [batches, waits, quality, table, processes] = [
      batchProcessing(app, series),
      backlog(overview),
      dataQuality(app),
      database(overview),
      system(overview, fleet),
    ];
    const parts = {
      'Batch processing': batches,
      Backlog: waits,
      'Data quality': quality,
      Database: table,
      System: processes,
    };
    const missing = Object.entries(parts).flatMap(([name, part]) => (part === null ? [name] : []));
    return [
      heading,
      lost(overview.servers, missing),
      failures && failures.groups.length > 0 ? failuresCard(failures, app) : null,
      batches,
      missing.length === 0 ? el('div', { class: 'grid' }, waits, quality, table) : [waits, quality, table],
      processes,
    ];
  },
};

function anyFailed({ failed }: Overview): boolean {
  return failed !== null && failed.batches + failed.files > 0;
}

/** Tells the user of a new installation what to do next. */
function welcome(app: App): Child {
  const { overview } = app;
  const workers = overview.fleet?.workers ?? 0;
  const watchers = overview.fleet?.watchers ?? 0;
  const missing = [
    ...(watchers === 0 ? ['npm run watcher'] : []),
    ...(workers === 0 ? ['npm run worker'] : []),
  ];
  return el(
    'div',
    { class: 'card empty', key: 'welcome' },
    el('b', {}, app.feed === null ? 'Nothing has landed yet' : `Nothing has landed yet for ${app.feed}`),
    el(
      'p',
      {},
      landHere(app),
      missing.map((command) => [', start ', el('code', {}, command)]),
      missing.length === 0 ? '' : ',',
      ' and its rows appear here within a minute.',
    ),
  );
}
