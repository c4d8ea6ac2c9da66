import type { FilePage } from '../answers.ts';
import { type App, mayCorrect, type Page } from '../app.ts';
import { type Child, el, to } from '../dom.ts';
import { bytes, count, percent, timeOfDay, visible, words } from '../format.ts';
import { batchLink } from '../parts/batch.ts';
import { ask } from '../parts/dialog.ts';
import { filePill, isBad, pill } from '../parts/pill.ts';
import { name, raw, rejectTable } from '../parts/raw.ts';
import { card, pageHead } from '../parts/section.ts';
import { table } from '../parts/table.ts';
import { timeline } from '../parts/timeline.ts';

/** What became of one file version. */
export const filePage: Page = {
  section: 'Files',
  title: 'File',
  show: async (app) => {
    const page = await app.api.get<FilePage>(
      `/api/files/${encodeURIComponent(app.place.path[1] ?? '')}`,
      {},
      app.signal,
    );
    const { file } = page;
    return [
      pageHead(
        name(file.name),
        [filePill(file), file.versions > 1 ? ` version ${file.version} of ${file.versions}` : null],
        replayButton(page, app),
      ),
      trouble(page),
      strayQuotes(page),
      balance(page),
      timeline(page.timeline),
      el('div', { class: 'grid' }, rejects(page, app), batches(page), facts(page), versions(page)),
    ];
  },
};

function replayButton({ file }: FilePage, app: App): Child {
  if (!app.session.mayAct || file.closedAt === null) return null;
  return el(
    'button',
    {
      attributes: { type: 'button' },
      onclick: () =>
        ask({
          title: 'Read this file again?',
          text: [
            'The content of ',
            name(file.name),
            ' is read again as a new version. Rows that are in the table already count as duplicates; none is inserted twice.',
          ],
          action: 'Replay',
          run: async () => {
            const { message } = await app.api.act('replay', { file: file.fileNo });
            await app.refresh();
            return message;
          },
        }),
    },
    'Replay',
  );
}

function trouble({ file }: FilePage): Child {
  if (file.quarantine === null && file.goneWhy === null) return null;
  return el(
    'div',
    { class: `card banner ${file.quarantine === null ? 'warn' : 'bad'}` },
    file.quarantine === null
      ? el('p', {}, el('b', {}, `When it was to be read, it was ${file.goneWhy}`))
      : el(
          'p',
          {},
          el('b', {}, `Quarantined: ${words(file.quarantine)}`),
          file.quarantineWords === null ? '' : `, ${file.quarantineWords}`,
        ),
    file.quarantineDetail === null ? null : el('p', {}, raw(file.quarantineDetail)),
    file.lastLine === null ? null : el('p', {}, `Read up to line ${count(file.lastLine)}.`),
  );
}

function strayQuotes({ file }: FilePage): Child {
  if (file.strayQuotes === null) return null;
  const { words: text } = file.strayQuotes;
  return el(
    'div',
    { class: 'card banner warn' },
    el('p', {}, el('b', {}, 'A quote takes lines along')),
    el('p', {}, `${text.charAt(0).toUpperCase()}${text.slice(1)}, and land the file again.`),
  );
}

/** Shows that I1 holds for this file. */
function balance({ file }: FilePage): HTMLElement {
  const parts = [
    ['inserted', file.inserted, 'inserted'],
    ['duplicates', file.duplicates, 'duplicates'],
    ['rejects', file.rejects, 'rejects'],
  ] as const;
  const shown = parts.filter(([, n]) => n > 0);
  return card(
    'Where its records are',
    {
      aside: file.balanced ? pill(isBad(file) ? 'none' : 'ok', 'adds up') : pill('bad', 'does not add up'),
    },
    el(
      'p',
      { class: 'lead', attributes: { 'data-figure': 'balance' } },
      `${count(file.records)} records = ${count(file.inserted)} inserted + ${count(file.duplicates)} duplicates + ${count(file.rejects)} rejects`,
    ),
    el(
      'div',
      { class: 'split spaced', attributes: { 'aria-hidden': 'true' } },
      shown.map(([, n, colour]) => el('i', { class: colour, style: { 'flex-grow': String(n) } })),
    ),
    el(
      'ul',
      { class: 'legend' },
      parts.map(([label, n, colour]) =>
        el(
          'li',
          {},
          el('span', { class: `swatch ${colour}` }),
          label,
          el('b', {}, percent(file.records === 0 ? null : n / file.records)),
        ),
      ),
      file.duplicates === 0
        ? null
        : el('li', {}, `${count(file.duplicatesInChunk)} of the duplicates within a chunk`),
      file.conflicts === 0
        ? null
        : el(
            'li',
            {},
            el('a', { href: to(['conflicts'], { file: file.fileNo }) }, `${count(file.conflicts)} conflicts`),
          ),
      file.undone === 0
        ? null
        : el('li', {}, `${count(file.undone)} of the inserted undone ${timeOfDay(file.undoneAt)}`),
    ),
  );
}

function rejects({ file, rejects: all, moreRejects }: FilePage, app: App): Child {
  if (all === null) {
    return file.rejects === 0
      ? null
      : card(
          'Rejects',
          { aside: count(file.rejects) },
          el('p', {}, 'This dashboard may not read them, because they hold values of rows.'),
        );
  }
  if (all.length === 0)
    return file.rejects === 0
      ? null
      : card('Rejects', {}, el('p', {}, 'Their detail is dropped, by RETENTION.'));
  const aside = moreRejects
    ? el('a', { href: to(['rejects'], { file: file.fileNo }) }, `all ${count(file.rejects)}`)
    : count(file.rejects);
  return card(
    'Rejects',
    { aside },
    rejectTable(all, `Rejects of ${file.name}`, { file: false, feed: false, correct: mayCorrect(app) }),
  );
}

function batches({ batches: all, moreBatches }: FilePage): HTMLElement {
  return card(
    'Batches',
    { class: 'w6', aside: moreBatches ? 'the first of them' : count(all.length) },
    all.length === 0
      ? el('p', { class: 'small' }, 'None of it is committed yet, or its detail is dropped.')
      : table({
          caption: 'Batches that committed it',
          columns: [
            { name: 'batch' },
            { name: 'lines', number: true },
            { name: 'chunks', number: true },
            { name: 'records', number: true },
            { name: 'committed', number: true },
          ],
          rows: all.map((batch) => ({
            key: `${batch.batchId}-${batch.firstLine}`,
            cells: [
              batchLink(batch.batchId),
              `${batch.firstLine}\u2013${batch.lastLine}`,
              el('a', { href: to(['batches', batch.batchId]) }, count(batch.chunks)),
              el('a', { href: to(['batches', batch.batchId]) }, count(batch.records)),
              timeOfDay(batch.committedAt, true),
            ],
          })),
        }),
  );
}

function facts({ file, versions: all }: FilePage): HTMLElement {
  const same = all.find(({ fileNo }) => fileNo === file.sameAs);
  const rows: readonly (readonly [string, Child])[] = [
    ['number', `${file.fileNo} of all files in the ledger`],
    ['feed', el('a', { href: to([], { feed: file.feed }) }, file.feed)],
    ['size', bytes(file.bytes)],
    ['content', file.contentHash === null ? 'not read to its end' : el('code', {}, file.contentHash)],
    [
      'same content as',
      file.sameAs === null
        ? null
        : el(
            'a',
            { href: to(['files', file.sameAs]) },
            same === undefined ? `file number ${file.sameAs}` : `version ${same.version}`,
          ),
    ],
    [
      'generation',
      file.generation === 0 ? null : `${file.generation}: it was read again, or has other content`,
    ],
    ['moved to', file.movedTo === null ? null : el('code', {}, visible(file.movedTo))],
    [
      'deleted',
      file.movedTo !== null || file.cleanedAt === null
        ? null
        : `by clean-up, ${timeOfDay(file.cleanedAt, true)}`,
    ],
    ['detail', file.detailState === 'kept' ? null : file.detailState],
  ];
  return card(
    'Facts',
    { class: 'w6' },
    el(
      'dl',
      { class: 'facts' },
      rows.flatMap(([term, value]) => (value === null ? [] : [el('dt', {}, term), el('dd', {}, value)])),
    ),
  );
}

function versions({ versions: all, file }: FilePage): Child {
  if (all.length < 2) return null;
  return card(
    'Versions of this name',
    { class: 'w6' },
    table({
      caption: 'Versions of this name',
      columns: [{ name: 'version' }, { name: 'landed', number: true }, { name: 'state' }],
      rows: all.map((one) => ({
        key: one.fileNo,
        cells: [
          one.fileNo === file.fileNo
            ? `${one.version} (this one)`
            : el('a', { href: to(['files', one.fileNo]) }, String(one.version)),
          timeOfDay(one.landedAt, true),
          filePill(one),
        ],
      })),
      stack: false,
    }),
  );
}
