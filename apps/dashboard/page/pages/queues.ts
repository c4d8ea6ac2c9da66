import type { Queue, Queues } from '../answers.ts';
import type { App, Page } from '../app.ts';
import { el } from '../dom.ts';
import { count } from '../format.ts';
import { ask } from '../parts/dialog.ts';
import { pill } from '../parts/pill.ts';
import { pageHead } from '../parts/section.ts';
import { table } from '../parts/table.ts';

type Entry = Queues['queues'][number];

const ABOUT: Readonly<Record<Queue, string>> = {
  parse: 'reads files into staging',
  flush: 'makes micro-batches of what is staged',
  insert: 'commits micro-batches',
};

/** The queues, each with a switch to pause it. */
export const queuesPage: Page = {
  section: 'Queues',
  title: 'Queues',
  show: async (app) => {
    const { queues } = await app.api.get<Queues>('/api/queues', {}, app.signal);
    return [
      pageHead(
        'Queues',
        'completed since the first file, as the ledger has it; Bull Board has each job, and of the completed ones the last',
        el('a', { class: 'button', href: '/queues' }, 'Open Bull Board'),
      ),
      el('div', { class: 'card' }, listed(queues, app)),
    ];
  },
};

function listed(queues: readonly Entry[], app: App): HTMLElement {
  const numbers = ['waiting', 'active', 'delayed', 'failed', 'completed', 'workers'] as const;
  return table({
    caption: 'Queues',
    columns: [
      { name: 'queue' },
      { name: 'state' },
      ...numbers.map((name) => ({ name, number: true })),
      ...(app.session.mayAct ? [{ name: 'steer', act: true }] : []),
    ],
    rows: queues.map((entry) => ({
      key: entry.queue,
      cells: [
        [el('a', { href: entry.board }, entry.queue), el('small', {}, ABOUT[entry.queue])],
        entry.paused ? pill('warn', 'paused') : pill('ok', 'runs'),
        ...numbers.map((name) =>
          name === 'failed' && entry.failed > 0
            ? el('a', { href: '#/failures' }, count(entry.failed))
            : entry[name] === 0
              ? '0'
              : el('a', { href: addressOf(entry, name) }, count(entry[name])),
        ),
        ...(app.session.mayAct ? [steer(entry, app)] : []),
      ],
    })),
  });
}

/** Where the jobs are that a number counts: Bull Board has those of each state, our own pages the rest. */
function addressOf(
  { queue, board }: Entry,
  name: 'waiting' | 'active' | 'delayed' | 'failed' | 'completed' | 'workers',
) {
  if (name === 'workers') return '#/fleet';
  if (queue === 'insert') return '#/batches';
  return name === 'completed' && queue === 'parse' ? '#/files?state=closed' : `${board}?status=${name}`;
}

function steer({ queue, paused }: Entry, app: App): HTMLElement {
  const [action, word] = paused ? (['resume', 'Resume'] as const) : (['pause', 'Pause'] as const);
  const text = paused
    ? `Workers take its jobs again at once.`
    : `Workers finish the jobs in hand and take no new ones; what waits stays, and nothing is lost. It ${ABOUT[queue]}, so its work stands still until somebody resumes it.`;
  return el(
    'button',
    {
      label: `${word} ${queue}`,
      attributes: { type: 'button' },
      onclick: () =>
        ask({
          title: `${word} the queue ${queue}?`,
          text,
          action: word,
          run: async () => {
            const { message } = await app.api.act(action, { queue });
            await app.refresh();
            return message;
          },
        }),
    },
    word,
  );
}
