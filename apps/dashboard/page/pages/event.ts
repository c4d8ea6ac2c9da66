import type { Passport } from '../answers.ts';
import type { Page } from '../app.ts';
import { type Child, el, to } from '../dom.ts';
import { count, NOTHING, timeOfDay, visible, words } from '../format.ts';
import { pill } from '../parts/pill.ts';
import { fileLink, HIDDEN } from '../parts/raw.ts';
import { card, pageHead } from '../parts/section.ts';
import { table } from '../parts/table.ts';

/** Where a row came from, or what is known about an id without a row. */
export const eventPage: Page = {
  section: 'Events',
  title: 'Event',
  show: async ({ place, api, signal }) => {
    const id = place.path[1];
    const head = pageHead('Event passport', 'where a row came from', form(id ?? ''));
    if (id === undefined) {
      return [
        head,
        el(
          'div',
          { class: 'card empty' },
          el('b', {}, 'Which event?'),
          el(
            'p',
            {},
            'Enter an event_id to see its row, the file and line that brought it, its batch, and every other mention.',
          ),
        ),
      ];
    }
    const passport = await api.get<Passport>(`/api/events/${encodeURIComponent(id)}`, {}, signal);
    return [
      head,
      el(
        'div',
        { class: 'grid' },
        row(passport),
        origin(passport),
        files(passport),
        mentions(passport),
        corrections(passport),
      ),
    ];
  },
};

function form(id: string): HTMLElement {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const asked = new FormData(event.currentTarget as HTMLFormElement).get('id');
    if (typeof asked === 'string' && asked.trim() !== '')
      location.hash = to(['events', asked.trim().toLowerCase()]);
  };
  return el(
    'form',
    { class: 'form', key: id, attributes: { role: 'search' }, onsubmit: submit },
    el(
      'label',
      {},
      'event_id',
      el('input', {
        class: 'mono id',
        attributes: {
          type: 'search',
          name: 'id',
          value: id,
          maxlength: 60,
          spellcheck: 'false',
          autocomplete: 'off',
        },
      }),
    ),
    el('button', { attributes: { type: 'submit' } }, 'Look up'),
  );
}

function row({ row: found, id, openFiles, valuesHidden }: Passport): HTMLElement {
  if (found === null) {
    return card(
      'No row',
      { class: 'w6', aside: pill('warn', 'not in the table') },
      el('p', {}, 'No row has the event_id ', el('code', {}, visible(id)), '.'),
      openFiles === null || openFiles === 0
        ? null
        : el(
            'p',
            { class: 'small' },
            `It may still come: ${openFiles === 1 ? '1 file is' : `${count(openFiles)} files are`} open.`,
          ),
    );
  }
  return card(
    'The row',
    { class: 'w6', aside: pill('ok', 'in the table') },
    el(
      'dl',
      { class: 'facts' },
      Object.entries(found).map(([column, value]) => [
        el('dt', {}, column),
        el('dd', {}, value === null ? NOTHING : el('code', { class: 'raw' }, visible(String(value)))),
      ]),
    ),
    valuesHidden ? el('p', { class: 'small' }, HIDDEN) : null,
  );
}

function origin({ origin: found, batch, row: there }: Passport): Child {
  if (there === null) return null;
  const from: Child =
    found === null
      ? 'The ledger no longer holds the detail.'
      : [
          el('p', { class: 'lead' }, 'Line ', String(found.line), ' of ', fileLink(found.fileNo, found.file)),
          found.certain
            ? null
            : el('p', { class: 'small' }, 'Probably: another file of the batch cannot be read any more.'),
        ];
  return card(
    'Where it came from',
    { class: 'w6' },
    from,
    batch === null
      ? null
      : el(
          'dl',
          { class: 'facts spaced' },
          el('dt', {}, 'batch'),
          el('dd', {}, el('code', {}, batch.id)),
          el('dt', {}, 'committed'),
          el('dd', {}, timeOfDay(batch.committedAt, true)),
        ),
  );
}

function files({ files: all, undoneFiles }: Passport): Child {
  if (all.length === 0 && undoneFiles.length === 0) return null;
  const noted = undoneFiles.length > 0 || all.some(({ readable }) => !readable);
  return card(
    'Files of its batch',
    { class: 'w6' },
    table({
      caption: 'Files whose lines were committed in the same batch',
      columns: [
        { name: 'file' },
        { name: 'lines', number: true },
        { name: 'records', number: true },
        ...(noted ? [{ name: 'note' }] : []),
      ],
      rows: [
        ...all.map((file) => ({
          key: file.fileNo,
          cells: [
            fileLink(file.fileNo, file.file),
            file.lines.map(([first, last]) => `${first}\u2013${last}`).join(', '),
            count(file.records),
            ...(noted ? [file.readable ? '' : 'cannot be read any more'] : []),
          ],
        })),
        ...undoneFiles.map((file) => ({
          key: `undone-${file.fileNo}`,
          cells: [fileLink(file.fileNo, file.file), '', count(file.rows), 'undone'],
        })),
      ],
    }),
  );
}

function mentions({ mentions: all, detailHidden }: Passport): Child {
  if (detailHidden) {
    const why =
      'This dashboard may not read rejects and conflicts, because they hold values of rows: it does not know whether they mention this id.';
    return card('Other mentions of this id', { class: 'w6' }, el('p', {}, why));
  }
  if (all.length === 0) return null;
  return card(
    'Other mentions of this id',
    { class: 'w6' },
    table({
      caption: 'Other mentions of this id',
      columns: [{ name: 'as' }, { name: 'file' }, { name: 'line', number: true }, { name: 'reason' }],
      rows: all.map(({ kind, fileNo, file, line, reason, expected }) => ({
        key: `${kind}-${fileNo}-${line}`,
        cells: [
          kind,
          fileLink(fileNo, file),
          String(line),
          [
            reason === null ? 'other content' : words(reason),
            expected === null ? null : el('small', {}, `expected: ${expected}`),
          ],
        ],
      })),
    }),
  );
}

function corrections({ corrections: all }: Passport): Child {
  if (all.length === 0) return null;
  return card(
    'Rejects that were corrected into it',
    { class: 'w6' },
    table({
      caption: 'Rejects that were corrected into this event',
      columns: [
        { name: 'file' },
        { name: 'line', number: true },
        { name: 'reason' },
        { name: 'resubmitted', number: true },
      ],
      rows: all.map(({ fileNo, file, line, reason, at }) => ({
        key: `${fileNo}-${line}`,
        cells: [fileLink(fileNo, file), String(line), words(reason), timeOfDay(at)],
      })),
    }),
  );
}
