import type { RejectList } from '../answers.ts';
import { type App, mayCorrect, onlyFeed, type Page } from '../app.ts';
import { type Child, el, to } from '../dom.ts';
import { count, words } from '../format.ts';
import { badDataTabs } from '../parts/bad-data-tabs.ts';
import { fileLink, rejectTable } from '../parts/raw.ts';
import { pageHead } from '../parts/section.ts';
import { empty } from '../parts/states.ts';
import { pager } from '../parts/table.ts';

/** Records that could not become rows: all, those with one reason, or those of one file. */
export const rejectsPage: Page = {
  section: 'Rejects',
  title: 'Rejects',
  byFeed: true,
  show: async (app) => {
    const { place, api, signal, feed } = app;
    const feeds = onlyFeed(app) === undefined;
    const [file, reason, cursor] = ['file', 'reason', 'cursor'].map((key) => place.query.get(key));
    const list = await api.get<RejectList>(
      '/api/rejects',
      { feed: file === null ? feed : null, file, reason, cursor },
      signal,
    );
    const [first] = list.rejects;
    const note =
      file == null
        ? 'the newest file first'
        : [
            'of ',
            first ? fileLink(first.fileNo, first.file) : el('a', { href: to(['files', file]) }, 'one file'),
          ];
    return [
      pageHead('Rejects', note, exports(app, list)),
      badDataTabs('Rejects'),
      reasons(list, place.query),
      list.rejects.length === 0
        ? empty(
            'No reject here',
            'A record that cannot be a row is kept with its line, the reason and its raw text.',
          )
        : el(
            'div',
            { class: 'card' },
            rejectTable(list.rejects, 'Rejects', {
              file: true,
              feed: feeds && file === null,
              correct: mayCorrect(app),
            }),
            pager(place, list.cursor),
          ),
    ];
  },
};

/** Downloads what the page shows and is still open. A file has the columns of one feed. */
function exports(app: App, { rejects }: RejectList): Child {
  const [file, reason] = ['file', 'reason'].map((key) => app.place.query.get(key));
  const feed = onlyFeed(app)?.name ?? (file === null ? undefined : rejects[0]?.feed);
  if (!app.session.values || rejects.length === 0) return null;
  if (feed === undefined) return el('small', { class: 'small' }, 'Choose a feed to export its rejects');
  const query = Object.entries({ ...(file === null ? { feed } : { file }), reason }).flatMap(
    ([name, value]) => (value == null ? [] : [[name, value]]),
  );
  const link = (name: string, more: Readonly<Record<string, string>>) =>
    el(
      'a',
      {
        class: 'button',
        href: `/api/rejects.csv?${new URLSearchParams({ ...Object.fromEntries(query), ...more })}`,
        attributes: { download: true },
      },
      name,
    );
  return el(
    'div',
    { class: 'actions' },
    link('Export as CSV', {}),
    link('Export for a spreadsheet', { spreadsheet: 'yes' }),
  );
}

function reasons({ reasons: all }: RejectList, query: App['place']['query']): Child {
  if (all.length === 0) return null;
  const chosen = query.get('reason');
  const file = query.get('file');
  const kept = file === null ? {} : { file };
  const link = (reason: string | null, title: string, ...text: Child[]) => {
    const href = to(['rejects'], reason === null ? kept : { ...kept, reason });
    return el(
      'li',
      {},
      el('a', { href, attributes: { title, 'aria-current': chosen === reason && 'true' } }, text),
    );
  };
  return el(
    'nav',
    { class: 'chips', label: 'Reasons' },
    el(
      'ul',
      {},
      link(null, '', 'all reasons'),
      all.map(({ name, count: n, means }) =>
        link(name, means === '' ? '' : `expected: ${means}`, words(name), ' ', el('b', {}, count(n))),
      ),
    ),
  );
}
