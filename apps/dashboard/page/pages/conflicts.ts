import type { ConflictList } from '../answers.ts';
import type { Page } from '../app.ts';
import { type Child, el, to } from '../dom.ts';
import { NOTHING, visible } from '../format.ts';
import { badDataTabs } from '../parts/bad-data-tabs.ts';
import { fileLink, hidden, lines } from '../parts/raw.ts';
import { pageHead } from '../parts/section.ts';
import { empty } from '../parts/states.ts';
import { pager, table } from '../parts/table.ts';

type Conflict = ConflictList['conflicts'][number];

/** Duplicates whose content differs from the row in the table. */
export const conflictsPage: Page = {
  section: 'Rejects',
  title: 'Conflicts',
  show: async ({ place, api, signal, feed }) => {
    const [file, cursor] = ['file', 'cursor'].map((key) => place.query.get(key));
    const list = await api.get<ConflictList>(
      '/api/conflicts',
      { feed: file === null ? feed : null, file, cursor },
      signal,
    );
    return [
      pageHead(
        'Conflicts',
        file == null
          ? 'duplicates with other content; the first row stays'
          : ['of ', el('a', { href: to(['files', file]) }, `file ${file}`)],
      ),
      badDataTabs('Conflicts'),
      list.conflicts.length === 0
        ? empty(
            'No conflict here',
            'When an event_id comes again with other content, both contents are kept here.',
          )
        : el('div', { class: 'card' }, listed(list), pager(place, list.cursor)),
    ];
  },
};

function listed({ conflicts }: ConflictList): HTMLElement {
  return table({
    caption: 'Conflicts',
    columns: [
      { name: 'file' },
      { name: 'line', number: true },
      { name: 'event_id' },
      { name: 'what differs: in the table, and as offered' },
    ],
    rows: conflicts.map((conflict) => ({
      key: `${conflict.fileNo}-${conflict.line}`,
      cells: [
        fileLink(conflict.fileNo, conflict.file),
        lines(conflict),
        el('a', { href: to(['events', conflict.eventId]) }, el('code', {}, conflict.eventId)),
        differences(conflict),
      ],
    })),
  });
}

function differences({ differs, kept, offered }: Conflict): Child {
  if (offered === null) return [differs.join(', '), ' ', hidden()];
  if (kept === null) return 'the row is no longer in the table';
  const entries = Object.entries(offered).filter(([column]) => differs.includes(column));
  const before: Readonly<Record<string, string | number | boolean | null>> = kept;
  return el(
    'dl',
    { class: 'facts' },
    entries.map(([column, value]) => [
      el('dt', {}, column),
      el('dd', {}, shown(before[column] ?? null), ' \u2192 ', shown(value)),
    ]),
  );
}

function shown(value: string | number | boolean | null): HTMLElement {
  return el('code', { class: 'text' }, value === null ? NOTHING : visible(String(value)));
}
