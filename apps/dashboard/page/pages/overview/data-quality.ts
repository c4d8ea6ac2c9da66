import type { Overview } from '../../answers.ts';
import { type App, onlyFeed } from '../../app.ts';
import { type Child, el, to } from '../../dom.ts';
import { count, percent, words } from '../../format.ts';
import { bar } from '../../parts/meter.ts';
import { card, section } from '../../parts/section.ts';
import { table } from '../../parts/table.ts';
import { tiles } from '../../parts/tile.ts';

type Totals = NonNullable<Overview['totals']>;

/** What was wrong with the records of all files. Each figure links to its records. */
export function dataQuality(app: App): HTMLElement | null {
  const { totals } = app.overview;
  if (totals === null) return null;
  const { duplicates, rejects, records, files } = totals;
  const ofAll = (n: number) => (records === 0 ? 'no record yet' : `${percent(n / records)} of records`);
  return section(
    'Data quality',
    { note: `of all ${count(records)} records ever read`, class: 'w8 y4' },
    tiles('Data quality', 5, [
      lacking(app, totals, ofAll),
      {
        id: 'rejects',
        name: 'Rejects',
        figure: count(rejects.all),
        note:
          rejects.readAgain === 0
            ? ofAll(rejects.all)
            : `without ${count(rejects.readAgain)} of files read again`,
        href: '#/rejects',
      },
      {
        id: 'duplicates',
        name: 'Duplicates',
        figure: count(duplicates.all),
        note: ofAll(duplicates.all),
        href: to(['files'], { state: 'duplicates' }),
      },
      {
        id: 'conflicts',
        name: 'Conflicts',
        figure: count(duplicates.conflicts),
        note: 'with other content',
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
    el(
      'div',
      { class: 'grid grow' },
      card(
        'Schema errors by reason',
        { level: 3, class: 'w7', aside: el('a', { href: '#/rejects' }, 'all rejects') },
        byReason(rejects.byReason),
      ),
      card(
        'Duplicates by kind',
        { level: 3, class: 'w5', aside: el('a', { href: '#/conflicts' }, 'all conflicts') },
        byKind(duplicates),
      ),
    ),
  );
}

/** Records that lack a required value: of events the event_id, which has a code of its own. */
function lacking(
  app: App,
  { rejects }: Totals,
  ofAll: (n: number) => string,
): Parameters<typeof tiles>[2][number] {
  const only = onlyFeed(app);
  const events = only === undefined || only.name === 'events';
  const reason = events ? 'null_event_id' : 'missing_value';
  const n = rejects.byReason.find(({ name }) => name === reason)?.count ?? 0;
  return {
    id: events ? 'null-event-ids' : 'missing-values',
    name: events ? 'Null event_id' : 'Missing value',
    figure: count(n),
    note: ofAll(n),
    href: to(['rejects'], { reason }),
  };
}

/** The kinds add up. A conflict is a duplicate of one of them; only conflicts are kept, because their content is not in the table. */
function byKind({ all, withinChunk, ofCommitted, conflicts }: Totals['duplicates']): Child {
  const kinds = [
    ['within a chunk', withinChunk],
    ['of a committed row', ofCommitted],
    ['all', all],
    ['of these ', conflicts],
  ] as const;
  return table({
    caption: 'Duplicates by kind',
    columns: [{ name: 'kind' }, { name: 'records', number: true }, { name: 'share', number: true }],
    rows: kinds.map(([kind, n]) => ({
      class: kind === 'all' ? 'sum' : '',
      cells: [
        kind === 'of these ' ? [kind, el('a', { href: '#/conflicts' }, 'with other content')] : kind,
        el(
          'a',
          { href: kind === 'of these ' ? '#/conflicts' : to(['files'], { state: 'duplicates' }) },
          count(n),
        ),
        percent(all === 0 ? 0 : n / all),
      ],
    })),
    stack: false,
  });
}

function byReason(reasons: Totals['rejects']['byReason']): Child {
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
        el('a', { href: to(['rejects'], { reason: name }) }, count(n)),
        percent(share),
      ],
    })),
    stack: false,
  });
}
