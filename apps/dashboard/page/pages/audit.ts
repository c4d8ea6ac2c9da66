import type { AuditList } from '../answers.ts';
import type { Page } from '../app.ts';
import { el } from '../dom.ts';
import { timeOfDay } from '../format.ts';
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
              columns: [
                { name: 'when' },
                { name: 'who' },
                { name: 'action' },
                { name: 'of what' },
                { name: 'detail' },
              ],
              rows: entries.map(({ auditNo, action, subject, detail, doneBy, doneAt }) => ({
                key: auditNo,
                cells: [
                  el('span', { class: 'nowrap' }, timeOfDay(doneAt, true)),
                  name(doneBy),
                  action,
                  name(subject),
                  inWords(detail) === '' ? '' : raw(inWords(detail)),
                ],
              })),
            }),
            pager(place, cursor),
          ),
    ];
  },
};

/** `count: 1, jobs: [...]` */
function inWords(detail: AuditList['entries'][number]['detail']): string {
  return Object.entries(detail)
    .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}
