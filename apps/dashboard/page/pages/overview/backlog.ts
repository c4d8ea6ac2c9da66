import type { FileState, Overview } from '../../answers.ts';
import { type Child, el, to } from '../../dom.ts';
import { bytes, count, counted, percent, rate, timeOfDay, wait } from '../../format.ts';
import { bar, meter } from '../../parts/meter.ts';
import { fileStateName } from '../../parts/pill.ts';
import { card, section } from '../../parts/section.ts';
import { table } from '../../parts/table.ts';
import { tiles } from '../../parts/tile.ts';

/** What waits, and when it will be loaded. */
export function backlog({ backlog: found, forecast, totals, failed }: Overview): HTMLElement | null {
  if (found === null) return null;
  const flushed =
    found.lastFlush === null
      ? 'no flush yet'
      : `last flush ${wait((Date.now() - Date.parse(found.lastFlush)) / 1000)} ago`;
  const stays = failed === null ? 0 : failed.records;
  return section(
    'Backlog',
    { note: flushed, class: 'w4 y3' },
    tiles('Backlog', 3, [
      {
        id: 'files-waiting',
        name: 'Files waiting',
        figure: count(found.files),
        note: counted(found.parseJobs, 'parse job'),
        href: to(['files'], { state: 'open' }),
      },
      {
        id: 'staged-records',
        name: 'Staged rows',
        figure: count(found.stagedRecords),
        note: `in ${counted(found.stagedChunks, 'chunk')}`,
        href: to(['files'], { state: 'open' }),
      },
      {
        id: 'open-batches',
        name: 'Open batches',
        figure: count(found.openBatches),
        note: counted(found.insertJobs, 'insert job'),
        href: '#/queues',
      },
    ]),
    el(
      'div',
      { class: 'card' },
      el('p', { class: 'lead', attributes: { 'data-figure': 'forecast' } }, clears(found, forecast)),
      forecast === null || found.files === 0 ? null : el('p', { class: 'small' }, pace(forecast)),
      stays === 0
        ? null
        : el(
            'p',
            { class: 'small' },
            `Without the ${counted(stays, 'record')} of failed batches, which wait until they are `,
            el('a', { href: '#/failures' }, 'retried'),
            '.',
          ),
      meter('Staged bytes in Redis', found.stagedBytes, found.stagedBytesLimit, bytes),
    ),
    totals === null
      ? null
      : card(
          'Files by state',
          { level: 3, class: 'grow', aside: counted(totals.files.all, 'file') },
          byState(totals.files),
        ),
  );
}

function clears({ files }: NonNullable<Overview['backlog']>, forecast: Overview['forecast']): Child {
  if (files === 0) return 'Nothing waits';
  if (forecast === null) return 'No forecast while a server is away';
  if (forecast.clearsAt === null) return 'No forecast';
  return `Clears at ${timeOfDay(forecast.clearsAt)} with the present ${counted(forecast.workers, 'worker')}`;
}

function pace({ why, recordsPerSecond, remainingRecords }: NonNullable<Overview['forecast']>): string {
  const sentence = `${why.slice(0, 1).toUpperCase()}${why.slice(1)}.`;
  if (!remainingRecords || recordsPerSecond === null) return sentence;
  const left = `${sentence} About ${counted(remainingRecords, 'record')} left`;
  return recordsPerSecond > 0 ? `${left}, ${rate(recordsPerSecond)} a second.` : `${left}.`;
}

const SHOWN_STATES = [
  'open',
  'closed',
  'quarantined',
  'gone',
  'held',
  'same',
] as const satisfies readonly FileState[];

function byState(files: NonNullable<Overview['totals']>['files']): HTMLElement {
  return table({
    caption: 'Files by state',
    columns: [
      { name: 'state' },
      { name: 'share of files', class: 'bar-cell' },
      { name: 'files', number: true },
      { name: 'share', number: true },
    ],
    rows: SHOWN_STATES.map((state) => {
      // Each file counts once in the list, but a quarantined file is closed too.
      const n = state === 'closed' ? files.closed - files.quarantined - files.same : files[state];
      const share = files.all === 0 ? 0 : n / files.all;
      const link = el('a', { href: to(['files'], { state }) }, fileStateName(state));
      return { key: state, cells: [link, bar(share, 'quiet'), count(n), percent(share)] };
    }),
    stack: false,
  });
}
