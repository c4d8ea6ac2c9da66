import { QUEUE_NAMES } from '@sluice/staging';
import { boardQueue } from '../board-address.ts';
import { route } from './route.ts';
import { queues } from './schemas.ts';

export const queuesRoute = route({
  method: 'GET',
  path: '/api/queues',
  summary: 'The queues: how many jobs, and whether they are paused',
  answer: queues,
  answerTo: async (_, { servers, stores }) => ({
    queues: await servers.ask('redis', () =>
      Promise.all(
        QUEUE_NAMES.map(async (queue) => {
          const [{ waiting, prioritized, active, delayed, failed, completed }, paused, workers] =
            await Promise.all([
              stores.queues.counts(queue),
              stores.queues.isPaused(queue),
              stores.queues.workers(queue),
            ]);
          return {
            ...{ queue, paused, active, delayed, failed, completed },
            waiting: waiting + prioritized,
            workers,
            board: boardQueue(queue),
          };
        }),
      ),
    ),
  }),
});
