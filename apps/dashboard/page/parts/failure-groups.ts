import type { Failures } from '../answers.ts';
import type { App } from '../app.ts';
import { type Child, el, to } from '../dom.ts';
import { count, counted, timeOfDay } from '../format.ts';
import { ask } from './dialog.ts';
import { name } from './raw.ts';
import { card } from './section.ts';
import { table } from './table.ts';

type Group = Failures['groups'][number];
type Sample = Group['samples'][number];

/** Failures by reason, for the overview and for their own page. */
export function failuresCard(failures: Failures, app: App): HTMLElement {
  const aside = el('a', { href: '#/failures' }, `${counted(failures.jobs, 'failed job')}`);
  return card('Failures by reason', { aside }, failureTable(failures.groups, app));
}

export function failureTable(groups: readonly Group[], app: App): Child {
  return table({
    caption: 'Failed jobs by what they failed of',
    columns: [
      { name: 'reason' },
      { name: 'samples' },
      { name: 'failed', number: true },
      { name: 'records', number: true },
      { name: 'first seen', number: true },
      { name: 'last seen', number: true },
      ...(app.session.mayAct ? [{ name: 'retry', act: true }] : []),
    ],
    rows: groups.map((group) => ({
      key: group.group,
      cells: [
        [el('span', { class: 'text' }, group.reason), el('small', {}, cause(group))],
        el(
          'ul',
          {},
          group.samples.map((sample) => el('li', {}, sampleLink(sample))),
        ),
        el('a', { href: jobsOf(group) }, count(group.jobs)),
        el('a', { href: jobsOf(group) }, count(group.records)),
        timeOfDay(group.firstSeen),
        timeOfDay(group.lastSeen),
        ...(app.session.mayAct ? [retryButton(group, app)] : []),
      ],
    })),
  });
}

/** Where the jobs of a group are: the page of the only one, or the list with all of them. */
function jobsOf({ queue, jobs, samples }: Group): string {
  const [only] = samples;
  if (jobs === 1 && only !== undefined) return to(['failures', queue, only.job]);
  return queue === 'insert' ? '#/batches' : `/queues/queue/${queue}?status=failed`;
}

/** Details that the reason does not already contain. */
function cause({ queue, reason, sqlstate, constraint }: Group): Child {
  return [
    `queue ${queue}`,
    sqlstate === null || reason.includes(sqlstate) ? null : [', SQLSTATE ', el('code', {}, sqlstate)],
    constraint === null || reason.includes(constraint) ? null : [', constraint ', el('code', {}, constraint)],
  ];
}

/** A link to a failed job, named by its files. */
function sampleLink({ queue, job, files, fileCount, name: called }: Sample): HTMLElement {
  const [first] = files;
  const more = fileCount > 1 ? ` and ${count(fileCount - 1)} more` : '';
  return el('a', { href: to(['failures', queue, job]) }, first === undefined ? called : name(first), more);
}

function retryButton(group: Group, app: App): HTMLElement {
  const what = counted(group.jobs, 'failed job');
  return el(
    'button',
    {
      label: `Retry ${what}: ${group.reason}`,
      attributes: { type: 'button' },
      onclick: () =>
        ask({
          title: `Retry ${what}?`,
          text: `All that failed with \u201c${group.reason}\u201d are put back into the queue ${group.queue}. Records that were committed meanwhile are not inserted twice.`,
          action: 'Retry',
          run: async () => {
            const { message } = await app.api.act('retry', { group: group.group });
            await app.refresh();
            return message;
          },
        }),
    },
    group.jobs === 1 ? 'Retry' : `Retry ${count(group.jobs)}`,
  );
}
