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
        QUEUE_NAMES.map(async (name) => {
          const queue = stores.queues[name];
          const [counts, paused, workers] = await Promise.all([
            queue.getJobCounts(),
            queue.isPaused(),
            queue.getWorkersCount(),
          ]);
          const of = (state: string) => counts[state] ?? 0;
          return {
            queue: name,
            paused,
            waiting: of('waiting') + of('wait') + of('paused') + of('prioritized'),
            active: of('active'),
            delayed: of('delayed'),
            failed: of('failed'),
            completed: of('completed'),
            workers,
            board: boardQueue(name),
          };
        }),
      ),
    ),
  }),
});
