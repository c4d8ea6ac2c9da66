import type { FileList, FileState } from '../answers.ts';
import { type App, onlyFeed, type Page } from '../app.ts';
import { type Child, el, to } from '../dom.ts';
import { bytes, count, timeOfDay, words } from '../format.ts';
import { filePill, fileStateName } from '../parts/pill.ts';
import { fileLink } from '../parts/raw.ts';
import { pageHead } from '../parts/section.ts';
import { empty, landHere } from '../parts/states.ts';
import { pager, table } from '../parts/table.ts';

const STATES: readonly FileState[] = ['open', 'closed', 'quarantined', 'gone', 'held', 'same', 'undone'];

/** File versions, newest first, filtered by a part of the name and by state. */
export const filesPage: Page = {
  section: 'Files',
  title: 'Files',
  byFeed: true,
  show: async (app) => {
    const { place, api, signal, feed } = app;
    const [search, state, cursor] = ['search', 'state', 'cursor'].map((key) => place.query.get(key));
    const list = await api.get<FileList>('/api/files', { feed, search, state, cursor }, signal);
    return [
      pageHead('Files', 'newest first', form(app)),
      list.files.length === 0
        ? none(app)
        : el('div', { class: 'card' }, listed(list, app), pager(place, list.cursor)),
    ];
  },
};

function form({ place }: App): HTMLElement {
  const search = el('input', {
    attributes: { type: 'search', name: 'search', value: place.query.get('search') ?? '', maxlength: 255 },
  });
  const chosen = place.query.get('state');
  const choice = (value: string, name: string) =>
    el('option', { attributes: { value, selected: (chosen ?? '') === value } }, name);
  const states = el(
    'select',
    {
      attributes: { name: 'state' },
      onchange: (event) => (event.currentTarget as HTMLSelectElement).form?.requestSubmit(),
    },
    choice('', 'any'),
    STATES.map((state) => choice(state, fileStateName(state))),
    choice('duplicates', 'any, with duplicates'),
  );
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const asked = new FormData(event.currentTarget as HTMLFormElement);
    const query = [...asked].flatMap(([key, value]) => (value === '' ? [] : [[key, String(value)]]));
    location.hash = to(['files'], Object.fromEntries(query));
  };
  return el(
    'form',
    { class: 'form', key: place.query.toString(), attributes: { role: 'search' }, onsubmit: submit },
    el('label', {}, 'A part of the name', search),
    el('label', {}, 'State', states),
    el('button', { attributes: { type: 'submit' } }, 'Search'),
  );
}

function none(app: App): Child {
  const { place } = app;
  if (['search', 'state', 'cursor'].some((name) => place.query.has(name)))
    return empty('No such file', [el('a', { href: '#/files' }, 'Show all files'), '.']);
  return empty(app.feed === null ? 'No file has landed yet' : `No file of ${app.feed} has landed yet`, [
    landHere(app),
    '.',
  ]);
}

function listed({ files }: FileList, app: App): HTMLElement {
  const feeds = onlyFeed(app) === undefined;
  return table({
    caption: 'File versions, newest first',
    columns: [
      { name: 'file' },
      ...(feeds ? [{ name: 'feed', class: 'nowrap' }] : []),
      { name: 'state' },
      { name: 'landed', number: true },
      { name: 'size', number: true },
      { name: 'records', number: true },
      { name: 'inserted', number: true },
      { name: 'duplicates', number: true },
      { name: 'conflicts', number: true },
      { name: 'rejects', number: true },
    ],
    rows: files.map((file) => ({
      key: file.fileNo,
      cells: [
        [fileLink(file.fileNo, file.name), file.generation > 0 ? el('small', {}, 'read again') : null],
        ...(feeds ? [file.feed] : []),
        [filePill(file), file.quarantine === null ? null : el('small', {}, words(file.quarantine))],
        timeOfDay(file.landedAt),
        bytes(file.bytes),
        ...[file.records, file.inserted, file.duplicates].map((n) =>
          n === 0 ? '0' : el('a', { href: to(['files', file.fileNo]) }, count(n)),
        ),
        file.conflicts === 0
          ? '0'
          : el('a', { href: to(['conflicts'], { file: file.fileNo }) }, count(file.conflicts)),
        file.rejects === 0
          ? '0'
          : el('a', { href: to(['rejects'], { file: file.fileNo }) }, count(file.rejects)),
      ],
    })),
  });
}
