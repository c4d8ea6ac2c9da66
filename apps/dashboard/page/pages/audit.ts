import type { AuditList } from '../answers.ts';
import type { Page } from '../app.ts';
import { el } from '../dom.ts';
import { timeOfDay } from '../format.ts';
import { sentenceOf } from '../parts/audit-words.ts';
import { name, raw } from '../parts/raw.ts';
import { pageHead } from '../parts/section.ts';
import { empty } from '../parts/states.ts';
import { pager, table } from '../parts/table.ts';

/** Who did what, and when. */
export const auditPage: Page = {
  section: 'Audit',
  title: 'Audit',
  show: async ({ place, api, signal }) => {
    const { entries, cursor } = await api.get<AuditList>(
      '/api/audit',
      { cursor: place.query.get('cursor') },
      signal,
    );
    return [
      pageHead('Audit', 'log-ins, and what operators did here and on the command line, newest first'),
      entries.length === 0
        ? empty(
            'Nobody has done anything yet',
            'Each retry, replay, pause, undo and correction is written down here with who and when.',
          )
        : el(
            'div',
            { class: 'card' },
            table({
              caption: 'Actions of operators',
              columns: [{ name: 'when' }, { name: 'what was done' }, { name: 'by', class: 'nowrap' }],
              rows: entries.map((entry) => ({
                key: entry.auditNo,
                cells: [
                  el('span', { class: 'nowrap' }, timeOfDay(entry.doneAt, true)),
                  [el('span', { class: 'text' }, sentenceOf(entry)), details(entry)],
                  name(entry.doneBy),
                ],
              })),
            }),
            pager(place, cursor),
          ),
    ];
  },
};

/** All that the ledger keeps of it, such as `count: 1, jobs: [...]`. */
function details({ action, subject, detail }: AuditList['entries'][number]): HTMLElement {
  const all = Object.entries({ action, subject, ...detail }).map(
    ([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const label = `Details of ${action} ${subject}`;
  return el('details', {}, el('summary', { label }, 'Details'), raw(all.join('\n')));
}
