import { totals } from '@sluice/ledger';
import { QUEUE_NAMES, type QueueName } from '@sluice/staging';
import { boardQueue } from '../board-address.ts';
import { route } from './route.ts';
import { queues } from './schemas.ts';

export const queuesRoute = route({
  method: 'GET',
  path: '/api/queues',
  summary: 'The queues: how many jobs, and whether they are paused',
  answer: queues,
  answerTo: async (_, { servers, stores }) => {
    const sums = await servers.askOrNull('postgres', () => totals(stores.sql));
    // BullMQ keeps only the last finished jobs, so the ledger counts them.
    const completed: Readonly<Record<QueueName, number | null>> = {
      parse: sums === null ? null : sums.closed - sums.same,
      flush: null,
      insert: sums === null ? null : sums.batches,
    };
    const asked = () =>
      Promise.all(
        QUEUE_NAMES.map(async (queue) => {
          const [{ waiting, prioritized, active, delayed, failed }, paused, workers] = await Promise.all([
            stores.queues.counts(queue),
            stores.queues.isPaused(queue),
            stores.queues.workers(queue),
          ]);
          return {
            ...{ queue, paused, active, delayed, failed, completed: completed[queue] },
            waiting: waiting + prioritized,
            workers,
            board: boardQueue(queue),
          };
        }),
      );
    return { queues: await servers.ask('redis', asked) };
  },
});
