import type { Overview } from '../../answers.ts';
import { type Child, el } from '../../dom.ts';
import { bytes, count, counted, percent, timeOfDay, visible, words } from '../../format.ts';
import { bar, meter } from '../../parts/meter.ts';
import { name as shownName } from '../../parts/raw.ts';
import { card, section } from '../../parts/section.ts';
import { table } from '../../parts/table.ts';
import { tiles } from '../../parts/tile.ts';

/** The table that the pipeline fills. */
export function database({ database: found, totals }: Overview): HTMLElement | null {
  if (found === null) return null;
  const [day, time] = eventTime(found.latestEventTimestamp);
  return section(
    'Database',
    { class: 'y5' },
    el(
      'div',
      { class: 'grid grow' },
      el(
        'div',
        { class: 'w7 section' },
        tiles('Database', 3, [
          {
            id: 'rows',
            name: 'Rows loaded',
            figure: count(found.rows),
            note:
              totals && totals.undone > 0
                ? `without ${count(totals.undone)} undone`
                : `by Sluice, into ${found.table === null ? 'all tables' : found.table}`,
            href: '#/events',
          },
          {
            id: 'last-commit',
            name: 'Last commit',
            figure: timeOfDay(totals?.lastCommit ?? null),
            note: totals?.batches ? `of ${counted(totals.batches, 'batch', 'batches')}` : 'no batch yet',
            href: '#/batches',
          },
          ...(found.time === null
            ? []
            : [{ id: 'latest-event', name: `Latest ${found.time}`, figure: time, note: day }]),
          {
            id: 'table-size',
            name: found.table === null ? 'Tables' : 'Table',
            figure: bytes(found.tableBytes),
            note: 'without its indexes',
          },
          {
            id: 'index-size',
            name: 'Indexes',
            figure: bytes(found.indexBytes),
            note: `${percent(share(found.indexBytes ?? 0, found.tableBytes ?? 0))} of all bytes`,
          },
          {
            id: 'bytes-per-row',
            name: 'Bytes a row',
            figure: count(found.bytesPerRow),
            note: 'table and indexes',
          },
        ]),
        found.connections &&
          el(
            'div',
            { class: 'card grow' },
            meter(
              `Connections of the server, ${count(found.connections.sluice)} of them Sluice's`,
              found.connections.all,
              found.connections.limit,
              count,
            ),
          ),
      ),
      found.countBy === null
        ? null
        : card(
            `By ${words(found.countBy)}`,
            { level: 3, class: 'w5', aside: 'share of rows' },
            byType(found.byEventType, words(found.countBy)),
          ),
    ),
  );
}

function share(part: number, rest: number): number | null {
  return part + rest === 0 ? null : part / (part + rest);
}

/** The time as it is in the table, because its time zone is not known. */
function eventTime(iso: string | null): readonly [day: string, time: string] {
  if (iso === null) return ['no row yet', '\u2013'];
  const [day = '', time = ''] = iso.split('T');
  return [`${day}, UTC`, time.slice(0, 8)];
}

const SHOWN = 12;

function byType(types: NonNullable<Overview['database']>['byEventType'], what: string): Child {
  if (types.length === 0) return el('p', { class: 'small' }, 'No row yet.');
  const others = types.slice(SHOWN);
  const rest = {
    name: `${count(others.length)} others`,
    count: others.reduce((sum, one) => sum + one.count, 0),
    share: others.reduce((sum, one) => sum + one.share, 0),
  };
  const shown = others.length === 0 ? types : [...types.slice(0, SHOWN), rest];
  return table({
    caption: `Rows by ${what}`,
    columns: [
      { name: what },
      { name: 'share of rows', class: 'bar-cell' },
      { name: 'rows', number: true },
      { name: 'share', number: true },
    ],
    rows: shown.map((type) => ({
      key: visible(type.name),
      cells: [shownName(type.name), bar(type.share), count(type.count), percent(type.share)],
    })),
    stack: false,
  });
}
