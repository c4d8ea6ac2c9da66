import type { BatchPage } from '../answers.ts';
import { type App, mayCorrect, type Page } from '../app.ts';
import { type Child, el, to } from '../dom.ts';
import { count, counted, timeOfDay } from '../format.ts';
import { batchLink, batchPill } from '../parts/batch.ts';
import { fileLink, rejectTable } from '../parts/raw.ts';
import { card, pageHead } from '../parts/section.ts';
import { table } from '../parts/table.ts';
import { timeline } from '../parts/timeline.ts';

/** One micro-batch: its chunks, what became of its records, when, and in how many attempts. */
export const batchPage: Page = {
  section: 'Batches',
  title: 'Batch',
  show: async (app) => {
    const batch = app.place.path[1] ?? '';
    const page = await app.api.get<BatchPage>(`/api/batches/${encodeURIComponent(batch)}`, {}, app.signal);
    return [
      pageHead(['Micro-batch ', el('code', { class: 'text' }, page.batch)], [batchPill(page.state)]),
      failure(page),
      sums(page),
      timeline(page.timeline),
      chunks(page),
      rejects(page, app),
    ];
  },
};

function failure({ batch, state, job }: BatchPage): Child {
  if (job === null || job.reason === null) return null;
  const tried = `${counted(job.attempts, 'attempt')} of ${job.maxAttempts}`;
  return el(
    'div',
    { class: `card banner ${state === 'failed' ? 'bad' : 'warn'}` },
    el(
      'p',
      {},
      el('b', {}, state === 'failed' ? `Failed after ${tried}` : `Not committed yet, after ${tried}`),
    ),
    el('p', { class: 'text' }, job.reason),
    el(
      'p',
      {},
      el('a', { href: to(['failures', 'insert', batch]) }, 'Find the bad record, reject it or retry'),
    ),
  );
}

function sums({ batch, commits, records, chunks: all, state, job }: BatchPage): HTMLElement {
  const files = new Set(all.map(({ fileNo }) => fileNo)).size;
  const others = commits.reduce((sum, { batches }) => sum + batches.length - 1, 0);
  const aside = `${counted(records, 'record')} of ${counted(files, 'file')}`;
  const sum = (of: 'records' | 'inserted' | 'duplicates' | 'conflicts' | 'rejects') =>
    commits.reduce((total, commit) => total + commit[of], 0);
  const tried = job === null || state !== 'committed' ? null : ` in ${counted(job.attempts, 'attempt')}`;
  if (commits.length === 0)
    return card('Its records', { aside }, el('p', {}, 'Nothing of it is committed yet.'));
  return card(
    'Where its records are',
    { aside },
    el(
      'p',
      { class: 'lead', attributes: { 'data-figure': 'balance' } },
      `${count(sum('records'))} records = ${count(sum('inserted'))} inserted + ${count(sum('duplicates'))} duplicates + ${count(sum('rejects'))} rejects`,
    ),
    el(
      'p',
      { class: 'small' },
      `Committed ${timeOfDay(commits.at(-1)?.committedAt ?? null, true)}${tried ?? ''}`,
      sum('conflicts') === 0 ? '' : `; ${count(sum('conflicts'))} of the duplicates with other content`,
      '.',
    ),
    others === 0
      ? null
      : el(
          'p',
          { class: 'small' },
          `These are the sums of its commit, which took ${counted(others, 'other batch', 'other batches')} along: `,
          commits
            .flatMap(({ batches }) => batches)
            .filter((one) => one !== batch)
            .map((one, i) => [i === 0 ? '' : ', ', batchLink(one)]),
        ),
  );
}

function chunks({ chunks: all }: BatchPage): Child {
  if (all.length === 0) return null;
  return card(
    'Its chunks',
    { aside: count(all.length) },
    table({
      caption: 'Chunks of this batch',
      columns: [
        { name: 'file' },
        { name: 'lines', number: true },
        { name: 'records', number: true },
        { name: 'committed', number: true },
      ],
      rows: all.map((chunk) => ({
        key: `${chunk.fileNo}-${chunk.firstLine}`,
        cells: [
          fileLink(chunk.fileNo, chunk.file),
          `${chunk.firstLine}\u2013${chunk.lastLine}`,
          el('a', { href: to(['files', chunk.fileNo]) }, count(chunk.records)),
          chunk.committedAt === null ? 'not yet' : timeOfDay(chunk.committedAt, true),
        ],
      })),
    }),
  );
}

function rejects({ rejects: all, moreRejects }: BatchPage, app: App): Child {
  if (all === null || all.length === 0) return null;
  return card(
    'Rejects',
    { aside: moreRejects ? `the first ${count(all.length)}` : count(all.length) },
    rejectTable(all, 'Rejects of this batch', { file: true, feed: false, correct: mayCorrect(app) }),
  );
}
