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
        href: '#/batches',
      },
    ]),
    el(
      'div',
      { class: 'card' },
      el('p', { class: 'lead', attributes: { 'data-figure': 'forecast' } }, clears(forecast)),
      forecast === null || forecast.state === 'nothing' ? null : el('p', { class: 'small' }, pace(forecast)),
      stays === 0 || forecast?.state === 'stopped'
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

const WITHOUT_TIME = {
  nothing: 'Nothing waits',
  clears: 'No forecast',
  unknown: 'No forecast yet',
  stopped: 'Nothing clears without a person',
} as const;

function clears(forecast: Overview['forecast']): Child {
  if (forecast === null) return 'No forecast while a server is away';
  if (forecast.clearsAt === null) return WITHOUT_TIME[forecast.state];
  return `Clears at ${timeOfDay(forecast.clearsAt)} with the present ${counted(forecast.workers, 'worker')}`;
}

function pace({ state, why, recordsPerSecond, remainingRecords }: NonNullable<Overview['forecast']>): string {
  const sentence = `${why.slice(0, 1).toUpperCase()}${why.slice(1)}.`;
  if (state === 'stopped' || !remainingRecords || recordsPerSecond === null) return sentence;
  const left = `${sentence} About ${counted(remainingRecords, 'record')} left`;
  return recordsPerSecond > 0 ? `${left}, ${rate(recordsPerSecond)} a second.` : `${left}.`;
}

/** Each file counts once, in the state in which its list shows it. */
const SHOWN_STATES = [
  'open',
  'closed',
  'quarantined',
  'gone',
  'held',
  'same',
  'undone',
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
      const n = state === 'closed' ? files.complete : files[state];
      const share = files.all === 0 ? 0 : n / files.all;
      const link = (text: string) => el('a', { href: to(['files'], { state }) }, text);
      const cells = [link(fileStateName(state)), bar(share, 'quiet'), link(count(n)), percent(share)];
      return { key: state, cells };
    }),
    stack: false,
  });
}
