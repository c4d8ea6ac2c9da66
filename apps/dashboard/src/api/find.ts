import { findRefused, rejectRecords } from '@sluice/pipeline';
import { batchOf, identityOf } from './failures.ts';
import { route } from './route.ts';
import { done, found, jobOrder, rejectOrder } from './schemas.ts';

/** The most records that the answer lists one by one. */
const TOLD = 50;

export const findRoute = route({
  method: 'POST',
  path: '/api/actions/find',
  summary:
    'Tries the records of a failed batch, takes all of it back, and says which ones PostgreSQL refuses',
  body: jobOrder,
  answer: found,
  answerTo: async ({ body: { queue, job } }, { servers, acting: stores }) =>
    await servers.ask(
      ['redis', 'postgres'],
      async () => {
        const { contract, refused, message } = await findRefused(await batchOf(queue, job, stores), stores);
        const told = refused.slice(0, TOLD).map(({ row, reject: _, ...place }) => {
          return { ...place, ...identityOf(contract, row, place.fileNo) };
        });
        return { refused: told, count: refused.length, more: refused.length > TOLD, message };
      },
      { patiently: true },
    ),
});

export const rejectRoute = route({
  method: 'POST',
  path: '/api/actions/reject',
  summary:
    'Makes rejects of records of a failed batch that PostgreSQL refuses, and has the rest of it tried again',
  body: rejectOrder,
  answer: done,
  answerTo: async ({ body: { queue, job, records }, who }, { servers, acting: stores }) =>
    await servers.ask(
      ['redis', 'postgres'],
      async () => {
        const batch = await batchOf(queue, job, stores);
        const done = await rejectRecords(batch, records, stores, who);
        if (!done.changed) return { changed: 0, message: 'nothing to do: it is not failed any more' };
        const what =
          done.records === 1 ? '1 record becomes a reject' : `${done.records} records become rejects`;
        return { changed: done.records, message: `${what}; the rest of the batch is tried again` };
      },
      { patiently: true },
    ),
});
