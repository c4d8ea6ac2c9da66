import type { BatchRecords, FailurePage, Found } from '../answers.ts';
import type { App, Page } from '../app.ts';
import { type Child, el, to } from '../dom.ts';
import { count, counted, timeOfDay } from '../format.ts';
import { badRecord, recordTable } from '../parts/batch-record.ts';
import { ask, notice, wordsOf } from '../parts/dialog.ts';
import { pill } from '../parts/pill.ts';
import { fileLink, name, raw } from '../parts/raw.ts';
import { card, pageHead } from '../parts/section.ts';
import { table } from '../parts/table.ts';

/** What was found in the current batch. It is kept while its page is refreshed. */
let search: { readonly job: string; readonly found: Found } | undefined;

/** One failed job, down to the record that PostgreSQL refuses. */
export const failurePage: Page = {
  section: 'Failures',
  title: 'Failed job',
  show: async (app) => {
    const [, queue = '', id = ''] = app.place.path;
    const address = `/api/failures/${encodeURIComponent(queue)}/${encodeURIComponent(id)}`;
    const page = await app.api.get<FailurePage>(address, {}, app.signal);
    const staged = page.chunks.some((chunk) => chunk.staged);
    const records = staged
      ? await app.api.getOrNull<BatchRecords>(`${address}/records`, {}, app.signal)
      : null;
    const { job } = page;
    const found = search?.job === job.job ? search.found : undefined;
    return [
      pageHead(
        job.state === 'failed' ? `Failed ${job.queue} job` : `A job of ${job.queue}`,
        [pill(job.state === 'failed' ? 'bad' : job.state === 'completed' ? 'ok' : 'none', job.state)],
        actions(page, staged, app),
      ),
      found === undefined ? null : badRecords(found, records, job, app),
      el('div', { class: 'grid' }, reason(page), facts(page)),
      records === null ? null : allRecords(records, page, found),
      chunks(page),
    ];
  },
};

function actions({ job }: FailurePage, staged: boolean, app: App): Child {
  if (!app.session.mayAct) return el('span', { class: 'small' }, 'You may look, but not act.');
  return el(
    'div',
    { class: 'actions' },
    staged
      ? el(
          'button',
          {
            class: job.state === 'failed' ? 'main' : '',
            attributes: { type: 'button' },
            onclick: (event) => void find(job.queue, job.job, event, app),
          },
          'Find the bad record',
        )
      : null,
    job.state === 'failed'
      ? el('button', { attributes: { type: 'button' }, onclick: () => retry(job, app) }, 'Retry')
      : null,
  );
}

async function find(queue: string, job: string, event: MouseEvent, app: App): Promise<void> {
  const button = event.currentTarget instanceof HTMLButtonElement ? event.currentTarget : null;
  if (button) button.disabled = true;
  try {
    const found = await app.api.act<Found>('find', { queue, job });
    search = { job, found };
    await app.refresh();
    document.querySelector<HTMLElement>('#bad-records')?.focus();
  } catch (error) {
    notice(wordsOf(error));
  } finally {
    if (button) button.disabled = false;
  }
}

function retry({ queue, job, records }: FailurePage['job'], app: App): void {
  ask({
    title: 'Retry this job?',
    text: `It is put back into the queue ${queue}${records === null ? '' : ` with its ${counted(records, 'record')}`}. Records that were committed meanwhile are not inserted twice.`,
    action: 'Retry',
    run: async () => {
      const { message } = await app.api.act('retry', { queue, job });
      await app.refresh();
      return message;
    },
  });
}

function reason(page: FailurePage): HTMLElement {
  const { job } = page;
  return card(
    'Why',
    { class: 'w7' },
    el('p', { class: 'lead text' }, job.reason ?? 'No reason is recorded.'),
    job.transient && job.state === 'failed'
      ? el('p', { class: 'small' }, 'The cause passes by itself: a later flush tries it again.')
      : null,
    el(
      'dl',
      { class: 'facts spaced' },
      [
        ['SQLSTATE', job.sqlstate],
        ['constraint', job.constraint],
        ['column', job.column],
      ].flatMap(([term, value]) =>
        value == null ? [] : [el('dt', {}, term ?? ''), el('dd', {}, el('code', {}, value))],
      ),
    ),
    attempts(page),
  );
}

function facts({ job }: FailurePage): HTMLElement {
  const rows: readonly (readonly [string, Child])[] = [
    ['job', name(job.name)],
    [
      'batch',
      job.queue === 'insert' ? el('a', { href: to(['batches', job.job]) }, el('code', {}, job.job)) : null,
    ],
    [
      'files',
      [
        job.files.map((file, i) => [
          i === 0 ? '' : ', ',
          el('a', { href: to(['files'], { search: file, feed: 'all' }) }, name(file)),
        ]),
        job.fileCount > job.files.length ? ` and ${count(job.fileCount - job.files.length)} more` : '',
      ],
    ],
    ['failed', timeOfDay(job.failedAt, true)],
    ['queued', timeOfDay(job.addedAt, true)],
    ['attempts', `${job.attempts} of ${job.maxAttempts}`],
    [
      'on a terminal',
      el('code', {}, `npm run sluice -- failures ${job.queue === 'insert' ? job.job.slice(0, 8) : job.job}`),
    ],
    ['elsewhere', el('a', { href: job.board }, 'on Bull Board')],
  ];
  return card(
    'The job',
    { class: 'w5' },
    el(
      'dl',
      { class: 'facts' },
      rows.flatMap(([term, value]) => (value === null ? [] : [el('dt', {}, term), el('dd', {}, value)])),
    ),
  );
}

function badRecords(
  found: Found,
  records: BatchRecords | null,
  job: FailurePage['job'],
  app: App,
): HTMLElement {
  return el(
    'div',
    { class: 'section', key: 'bad-records' },
    // The heading gets the focus, so that it is read aloud and the records come next.
    el('h2', { class: 'lead', attributes: { id: 'bad-records', tabindex: -1 } }, `${found.message}.`),
    found.refused.map((refused) => badRecord(refused, records)),
    found.more ? el('p', { class: 'small' }, 'There are more; these are the first.') : null,
    found.refused.length === 0 ? null : wayOut(found, job, app),
  );
}

/** What can be done about records that PostgreSQL refuses. */
function wayOut({ count: refused }: Found, job: FailurePage['job'], app: App): Child {
  const them = refused === 1 ? 'it' : 'them';
  const what = counted(refused, 'record');
  const text = el(
    'p',
    { class: 'small' },
    `The whole batch waits, and none of it is lost. Correct in the database what refuses ${them}, then retry all of it. Or reject ${them}: the rest is loaded, and rejects can be corrected later.`,
  );
  if (!app.session.mayAct || job.state !== 'failed') return text;
  const reject = el(
    'button',
    {
      attributes: { type: 'button' },
      onclick: () =>
        ask({
          title: `Reject ${what}?`,
          text: `${refused === 1 ? 'It becomes a reject of its file' : 'They become rejects of their files'}, with the reason that PostgreSQL gives. The rest of the batch is tried again, and none of it is inserted twice.`,
          action: `Reject ${what}`,
          run: async () => {
            const { message } = await app.api.act('reject', { queue: job.queue, job: job.job });
            search = undefined;
            await app.refresh();
            return message;
          },
        }),
    },
    `Reject ${what}, load the rest`,
  );
  return [text, el('div', { class: 'actions' }, reject)];
}

function allRecords(records: BatchRecords, { job }: FailurePage, found: Found | undefined): HTMLElement {
  const { missing } = records;
  const rejected = (job.records ?? 0) - records.records.length - missing;
  const besides = [
    ...(missing === 0 ? [] : [`; ${count(missing)} are no longer staged`]),
    ...(rejected <= 0
      ? []
      : [`; its other ${counted(rejected, 'record is a reject', 'records are rejects')}`]),
  ].join('');
  return el(
    'details',
    { class: 'card', key: 'records' },
    el(
      'summary',
      {},
      `The ${counted(records.records.length, 'row')} of this batch, as they are staged${besides}`,
    ),
    recordTable(records, found),
  );
}

function attempts({ job, attempts: lines }: FailurePage): Child {
  if (lines.length === 0) return null;
  // The reason is not repeated, because the page already shows it in large letters.
  const brief = (text: string) =>
    job.reason === null ? text : text.replace(`: ${job.reason}`, ': the same');
  const shown = lines.map(({ at, text }) =>
    el('li', { class: 'attempt' }, el('span', { class: 'small' }, timeOfDay(at, true)), raw(brief(text))),
  );
  return [el('h3', { class: 'minor' }, 'Attempts'), el('ol', {}, shown)];
}

function chunks({ chunks: all }: FailurePage): Child {
  if (all.length === 0) return null;
  return card(
    'Its chunks',
    {},
    table({
      caption: 'Chunks of this batch',
      columns: [
        { name: 'file' },
        { name: 'lines', number: true },
        { name: 'records', number: true },
        { name: 'state' },
      ],
      rows: all.map(({ fileNo, file, firstLine, lastLine, records, staged }) => ({
        key: `${fileNo}-${firstLine}`,
        cells: [
          fileLink(fileNo, file),
          `${firstLine}\u2013${lastLine}`,
          el('a', { href: to(['files', fileNo]) }, count(records)),
          staged ? 'staged' : 'committed, or to be parsed again',
        ],
      })),
    }),
  );
}
