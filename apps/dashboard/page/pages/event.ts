import type { Passport } from '../answers.ts';
import type { App, Page } from '../app.ts';
import { type Child, el, to } from '../dom.ts';
import { count, counted, NOTHING, timeOfDay, visible, words } from '../format.ts';
import { batchLink } from '../parts/batch.ts';
import { HIDDEN } from '../parts/hidden.ts';
import { FIRST_FEED, passportAddress } from '../parts/key.ts';
import { pill } from '../parts/pill.ts';
import { fileLink } from '../parts/raw.ts';
import { card, pageHead } from '../parts/section.ts';
import { table } from '../parts/table.ts';

/** The row that is asked for: the feed, the fields of its key, and their values, which may be missing. */
interface Asked {
  readonly feed: string;
  readonly key: readonly string[];
  readonly values: readonly string[];
}

/** Where a row came from, or what is known about a key without a row. */
export const eventPage: Page = {
  section: 'Rows',
  title: 'Row',
  show: async (app) => {
    const asked = askedFor(app);
    const { feed, key, values } = asked;
    const head = pageHead('Row passport', 'where a row came from', form(asked, app));
    if (values.length === 0) {
      return [
        head,
        el(
          'div',
          { class: 'card empty' },
          el('b', {}, feed === FIRST_FEED ? 'Which event?' : `Which row of ${feed}?`),
          el(
            'p',
            {},
            `Enter ${key.join(' and ')} to see the row, the file and line that brought it, its batch, and every other mention.`,
          ),
        ),
      ];
    }
    const named = key.map((name, i) => `${name}=${values[i] ?? ''}`);
    const passport = await app.api.get<Passport>('/api/events', { feed, key: named }, app.signal);
    return [
      head,
      el(
        'div',
        { class: 'grid' },
        row(passport, asked),
        origin(passport),
        files(passport),
        mentions(passport),
        corrections(passport),
      ),
    ];
  },
};

/** `#/events/<key of an event>`, or `#/events/<feed>/<value>/...` with the values of the key in order. */
function askedFor({ place, feed: chosen, overview }: App): Asked {
  const feeds = overview.feeds ?? [];
  const [, first, ...rest] = place.path;
  const named = feeds.find(({ name }) => name === first);
  if (named !== undefined) return { feed: named.name, key: named.key, values: rest };
  const feed =
    first === undefined && chosen !== null
      ? chosen
      : feeds.length === 1
        ? (feeds[0]?.name ?? '')
        : FIRST_FEED;
  const key = feeds.find(({ name }) => name === feed)?.key ?? ['event_id'];
  return { feed, key, values: place.path.slice(1) };
}

function form({ feed, key, values }: Asked, { overview }: App): HTMLElement {
  const feeds = overview.feeds ?? [];
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    const typed = key.map((name) => String(given.get(`key-${name}`) ?? '').trim());
    if (!typed.includes('')) location.hash = passportAddress(feed, typed);
  };
  const input = (name: string, i: number) =>
    el(
      'label',
      {},
      name,
      el('input', {
        class: key.length === 1 ? 'mono id' : 'mono part',
        attributes: {
          type: 'search',
          name: `key-${name}`,
          value: values[i] ?? '',
          maxlength: 1000,
          spellcheck: 'false',
          autocomplete: 'off',
        },
      }),
    );
  return el(
    'form',
    { class: 'form', key: [feed, ...values].join('/'), attributes: { role: 'search' }, onsubmit: submit },
    feeds.length < 2 ? null : el('label', {}, 'Feed', feedChoice(feed, feeds)),
    key.map(input),
    el('button', { attributes: { type: 'submit' } }, 'Look up'),
  );
}

function feedChoice(chosen: string, feeds: readonly { readonly name: string }[]): HTMLElement {
  const choose = (event: Event) => {
    location.hash = passportAddress((event.currentTarget as HTMLSelectElement).value, []);
  };
  return el(
    'select',
    { onchange: choose },
    feeds.map(({ name }) => el('option', { attributes: { value: name, selected: name === chosen } }, name)),
  );
}

function row({ row: found, openFiles, valuesHidden }: Passport, { feed, key, values }: Asked): HTMLElement {
  if (found === null) {
    return card(
      'No row',
      { class: 'w6', aside: pill('warn', 'not in the table') },
      el(
        'p',
        {},
        `No row${feed === FIRST_FEED ? '' : ` of ${feed}`} has `,
        key.map((name, i) => [i === 0 ? '' : ', ', `the ${name} `, el('code', {}, visible(values[i] ?? ''))]),
        '.',
      ),
      openFiles === null || openFiles === 0
        ? null
        : el(
            'p',
            { class: 'small' },
            `It may still come: ${counted(openFiles, 'file is', 'files are')} open.`,
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
          el('dd', {}, batchLink(batch.id)),
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
            el('a', { href: to(['files', file.fileNo]) }, count(file.records)),
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
      'This dashboard may not read rejects and conflicts, because they hold values of rows: it does not know whether they mention this row.';
    return card('Other mentions of this key', { class: 'w6' }, el('p', {}, why));
  }
  const repeated = el(
    'p',
    { class: 'small' },
    'Exact repetitions of a row are not listed: only how many each file had is kept, as its duplicates.',
  );
  if (all.length === 0)
    return card(
      'Other mentions of this key',
      { class: 'w6' },
      el('p', {}, 'No reject and no other content mentions it.'),
      repeated,
    );
  return card(
    'Other mentions of this key',
    { class: 'w6' },
    repeated,
    table({
      caption: 'Other mentions of this key',
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
      caption: 'Rejects that were corrected into this row',
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
