import type { ConflictList } from '../answers.ts';
import { type App, onlyFeed, type Page } from '../app.ts';
import { type Child, el, to } from '../dom.ts';
import { NOTHING, visible } from '../format.ts';
import { badDataTabs } from '../parts/bad-data-tabs.ts';
import { hidden } from '../parts/hidden.ts';
import { keyLink } from '../parts/key.ts';
import { fileLink, lines } from '../parts/raw.ts';
import { pageHead } from '../parts/section.ts';
import { empty } from '../parts/states.ts';
import { pager, table } from '../parts/table.ts';

type Conflict = ConflictList['conflicts'][number];

/** Duplicates whose content differs from the row in the table. */
export const conflictsPage: Page = {
  section: 'Rejects',
  title: 'Conflicts',
  byFeed: true,
  show: async (app) => {
    const { place, api, signal, feed } = app;
    const [file, cursor] = ['file', 'cursor'].map((key) => place.query.get(key));
    const list = await api.get<ConflictList>(
      '/api/conflicts',
      { feed: file === null ? feed : null, file, cursor },
      signal,
    );
    const [first] = list.conflicts;
    return [
      pageHead(
        'Conflicts',
        file == null
          ? 'duplicates with other content; the first row stays'
          : [
              'of ',
              first ? fileLink(first.fileNo, first.file) : el('a', { href: to(['files', file]) }, 'one file'),
            ],
      ),
      badDataTabs('Conflicts'),
      list.conflicts.length === 0
        ? empty('No conflict here', 'When a key comes again with other content, both contents are kept here.')
        : el('div', { class: 'card' }, listed(list, app), pager(place, list.cursor)),
    ];
  },
};

function listed({ conflicts }: ConflictList, app: App): HTMLElement {
  const only = onlyFeed(app);
  return table({
    caption: 'Conflicts',
    columns: [
      { name: 'file' },
      ...(only ? [] : [{ name: 'feed', class: 'nowrap' }]),
      { name: 'line', number: true },
      { name: only ? only.key.join(', ') : 'key' },
      { name: 'what differs: in the table, and as offered' },
    ],
    rows: conflicts.map((conflict) => ({
      key: `${conflict.fileNo}-${conflict.line}`,
      cells: [
        fileLink(conflict.fileNo, conflict.file),
        ...(only ? [] : [conflict.feed]),
        lines(conflict),
        keyLink(conflict.feed, conflict.key),
        differences(conflict),
      ],
    })),
  });
}

function differences({ differs, kept, offered, sensitive }: Conflict): Child {
  if (offered === null) return [[...differs, ...sensitive].join(', '), ' ', hidden()];
  if (kept === null) return 'the row is no longer in the table';
  const entries = Object.entries(offered).filter(([column]) => differs.includes(column));
  const before: Readonly<Record<string, string | number | boolean | null>> = kept;
  return [
    el(
      'dl',
      { class: 'facts' },
      entries.map(([column, value]) => [
        el('dt', {}, column),
        el('dd', {}, shown(before[column] ?? null), ' \u2192 ', shown(value)),
      ]),
    ),
    sensitive.length === 0
      ? null
      : el('small', {}, `${sensitive.join(', ')}: sensitive, so not kept; may differ too`),
  ];
}

function shown(value: string | number | boolean | null): HTMLElement {
  return el('code', { class: 'text' }, value === null ? NOTHING : visible(String(value)));
}
