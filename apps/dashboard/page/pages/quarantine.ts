import type { QuarantineList } from '../answers.ts';
import { type App, onlyFeed, type Page } from '../app.ts';
import { el, to } from '../dom.ts';
import { count, timeOfDay, visible, words } from '../format.ts';
import { badDataTabs } from '../parts/bad-data-tabs.ts';
import { pill } from '../parts/pill.ts';
import { fileLink } from '../parts/raw.ts';
import { pageHead } from '../parts/section.ts';
import { empty } from '../parts/states.ts';
import { pager, table } from '../parts/table.ts';

/** Files that could not be read, or not to their end. */
export const quarantinePage: Page = {
  section: 'Rejects',
  title: 'Quarantined files',
  byFeed: true,
  show: async (app) => {
    const { place, api, signal, feed } = app;
    const list = await api.get<QuarantineList>(
      '/api/quarantine',
      { feed, cursor: place.query.get('cursor') },
      signal,
    );
    return [
      pageHead('Quarantined files', 'could not be read, or not to their end'),
      badDataTabs('Quarantined files'),
      list.files.length === 0
        ? empty(
            'No file is quarantined',
            'A file that is not what its feed says is kept here with the reason; it stops no other.',
          )
        : el('div', { class: 'card' }, listed(list, app), pager(place, list.cursor)),
    ];
  },
};

function listed({ files }: QuarantineList, app: App): HTMLElement {
  const feeds = onlyFeed(app) === undefined;
  return table({
    caption: 'Quarantined files, newest first',
    columns: [
      { name: 'file' },
      ...(feeds ? [{ name: 'feed', class: 'nowrap' }] : []),
      { name: 'reason' },
      { name: 'read to line', number: true },
      { name: 'rows kept', number: true },
      { name: 'rejects', number: true },
      { name: 'since', number: true },
      { name: 'state' },
    ],
    rows: files.map((file) => ({
      key: file.fileNo,
      cells: [
        [
          fileLink(file.fileNo, file.name),
          file.movedTo === null ? null : el('small', { class: 'text' }, visible(file.movedTo)),
        ],
        ...(feeds ? [file.feed] : []),
        [
          words(file.reason),
          el('small', {}, file.means),
          file.detail === null ? null : el('small', { class: 'text' }, visible(file.detail)),
        ],
        count(file.lastLine),
        file.rows === 0 ? '0' : el('a', { href: to(['files', file.fileNo]) }, count(file.rows)),
        file.rejects === 0
          ? '0'
          : el('a', { href: to(['rejects'], { file: file.fileNo }) }, count(file.rejects)),
        timeOfDay(file.closedAt),
        file.correctedBy === null
          ? pill('bad', 'to be corrected')
          : [
              pill('ok', 'corrected'),
              el('small', {}, el('a', { href: to(['files', file.correctedBy]) }, 'by a later version')),
            ],
      ],
    })),
  });
}
