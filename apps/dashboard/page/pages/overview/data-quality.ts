import type { Overview } from '../../answers.ts';
import { type Child, el, to } from '../../dom.ts';
import { count, percent, words } from '../../format.ts';
import { bar } from '../../parts/meter.ts';
import { card, section } from '../../parts/section.ts';
import { table } from '../../parts/table.ts';
import { tiles } from '../../parts/tile.ts';

/** What was wrong with the records of all files; each figure leads to its records. */
export function dataQuality({ totals }: Overview): HTMLElement | null {
  if (totals === null) return null;
  const { duplicates, rejects, records, files } = totals;
  const ofAll = (n: number) => (records === 0 ? 'no record yet' : `${percent(n / records)} of records`);
  return section(
    'Data quality',
    { note: `of all ${count(records)} records ever read` },
    tiles('Data quality', 5, [
      {
        id: 'null-event-ids',
        name: 'Null event_id',
        figure: count(rejects.nullEventId),
        note: ofAll(rejects.nullEventId),
        href: to(['rejects'], { reason: 'null_event_id' }),
      },
      {
        id: 'rejects',
        name: 'Rejects',
        figure: count(rejects.all),
        note: ofAll(rejects.all),
        href: '#/rejects',
      },
      {
        id: 'duplicates',
        name: 'Duplicates',
        figure: count(duplicates.all),
        note: `${count(duplicates.withinChunk)} in a chunk, ${count(duplicates.ofCommitted)} of committed rows`,
        href: '#/files',
      },
      {
        id: 'conflicts',
        name: 'Conflicts',
        figure: count(duplicates.conflicts),
        note: 'same event_id, other content',
        href: '#/conflicts',
      },
      {
        id: 'quarantined',
        name: 'Quarantined',
        figure: count(files.quarantined),
        note: `of ${count(files.all)} files`,
        href: '#/quarantine',
      },
    ]),
    card(
      'Schema errors by reason',
      { level: 3, class: 'grow', aside: el('a', { href: '#/rejects' }, 'all rejects') },
      byReason(rejects.byReason),
    ),
  );
}

function byReason(reasons: NonNullable<Overview['totals']>['rejects']['byReason']): Child {
  if (reasons.length === 0) return el('p', { class: 'small' }, 'No record was ever rejected.');
  return table({
    caption: 'Rejects by reason',
    columns: [
      { name: 'reason' },
      { name: 'share of rejects', class: 'bar-cell' },
      { name: 'records', number: true },
      { name: 'share', number: true },
    ],
    rows: reasons.map(({ name, count: n, share }) => ({
      key: name,
      cells: [
        el('a', { href: to(['rejects'], { reason: name }) }, words(name)),
        bar(share, 'quiet'),
        count(n),
        percent(share),
      ],
    })),
    stack: false,
  });
}
