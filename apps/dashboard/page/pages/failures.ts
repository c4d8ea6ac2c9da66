import type { Failures } from '../answers.ts';
import type { Page } from '../app.ts';
import { el } from '../dom.ts';
import { counted } from '../format.ts';
import { failureTable } from '../parts/failure-groups.ts';
import { pageHead } from '../parts/section.ts';
import { empty } from '../parts/states.ts';

/** The failures by reason. */
export const failuresPage: Page = {
  section: 'Failures',
  title: 'Failures',
  show: async (app) => {
    const { groups, jobs, looked } = await app.api.get<Failures>('/api/failures', {}, app.signal);
    const board = el('a', { href: '/queues' }, 'Bull Board');
    if (groups.length === 0) {
      return [
        pageHead('Failures', null, board),
        empty(
          'No job has failed',
          'A batch that fails three times waits here, with its rows kept, until it is retried.',
        ),
      ];
    }
    const note =
      looked < jobs
        ? `the latest ${counted(looked, 'job')} of ${counted(jobs, 'failed job')}`
        : counted(jobs, 'failed job');
    return [
      pageHead('Failures', `${note}, by reason`, [
        el('code', { class: 'small' }, 'npm run sluice -- failures'),
        ' ',
        board,
      ]),
      el('div', { class: 'card' }, failureTable(groups, app)),
    ];
  },
};
