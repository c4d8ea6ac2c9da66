import { findFile, writeAudit } from '@sluice/ledger';
import { acknowledge, failedJobs, type JobName, replay, retryFailed } from '@sluice/pipeline';
import type { QueueName } from '@sluice/staging';
import type { z } from 'zod';
import type { Dashboard } from '../dashboard.ts';
import { Refusal } from './refusal.ts';
import { route } from './route.ts';
import { ackOrder, done, queueOrder, replayOrder, retryOrder } from './schemas.ts';

type Done = z.infer<typeof done>;

export const retryRoute = route({
  method: 'POST',
  path: '/api/actions/retry',
  summary:
    'Has a failed job, or all of a group, tried again. One that is not failed any more is left as it is',
  body: retryOrder,
  answer: done,
  answerTo: async ({ body, who }, { servers, acting: stores }) =>
    await servers.ask(['redis', 'postgres'], () => retry(body, who, stores), { patiently: true }),
});

export const replayRoute = route({
  method: 'POST',
  path: '/api/actions/replay',
  summary: 'Has a loaded file read again, as a new version. Rows that are in the table count as duplicates',
  body: replayOrder,
  answer: done,
  answerTo: async ({ body, who }, { servers, acting: stores }) =>
    await servers.ask(['redis', 'postgres'], async () => {
      const file = await findFile(stores.sql, body.file);
      if (file === undefined) throw new Refusal(404, 'not_found', `the ledger has no file ${body.file}`);
      const { fileNo } = await replay(file.name, stores, who);
      return { changed: 1, message: `${file.name} is read again, as file ${fileNo}` };
    }),
});

export const ackRoute = route({
  method: 'POST',
  path: '/api/actions/ack',
  summary:
    'Acknowledges what needs attention, so that the health tells of it no more. The next occasion is told again',
  body: ackOrder,
  answer: done,
  answerTo: async ({ body: { code, subject, version }, who }, { servers, acting: stores, health }) =>
    await servers.ask(['redis', 'postgres'], async () => {
      const order = { code, subject: subject || undefined, version: version || undefined };
      const { length: changed } = await acknowledge(order, stores, who);
      health.lookAgain();
      const message = changed === 0 ? 'nothing to do: it needs no attention any more' : 'it is acknowledged';
      return { changed, message };
    }),
});

export const pauseRoute = route({
  method: 'POST',
  path: '/api/actions/pause',
  summary: 'Pauses a queue: jobs in hand are finished, others wait',
  body: queueOrder,
  answer: done,
  answerTo: async ({ body, who }, dashboard) => await setPaused(body.queue, true, who, dashboard),
});

export const resumeRoute = route({
  method: 'POST',
  path: '/api/actions/resume',
  summary: 'Has a paused queue go on',
  body: queueOrder,
  answer: done,
  answerTo: async ({ body, who }, dashboard) => await setPaused(body.queue, false, who, dashboard),
});

/** Writes the audit first, so that nothing is done that is not in the audit. */
async function setPaused(
  name: QueueName,
  pause: boolean,
  who: string,
  { servers, acting: stores }: Dashboard,
): Promise<Done> {
  return await servers.ask(['redis', 'postgres'], async () => {
    const { queues } = stores;
    const is = pause ? 'is paused' : 'goes on';
    if ((await queues.isPaused(name)) === pause)
      return { changed: 0, message: `nothing to do: ${name} ${is} already` };
    await writeAudit(stores.sql, { action: pause ? 'pause' : 'resume', subject: name, detail: {}, who });
    if (pause) await queues.pause(name);
    else await queues.resume(name);
    return { changed: 1, message: `${name} ${is}` };
  });
}

type FeedStores = Dashboard['stores'];
type Queues = FeedStores['queues'];

type RetryOrder = z.infer<typeof retryOrder>;

async function retry(order: RetryOrder, who: string, stores: FeedStores): Promise<Done> {
  const { queues } = stores;
  const jobs = 'group' in order ? await failedJobs(queues, order.group) : await failedOne(order, queues);
  if (jobs.length === 0) return { changed: 0, message: 'nothing to do: it is not failed any more' };
  const subject = 'group' in order ? `group ${order.group}` : `${order.queue} ${order.job}`;
  const changed = (await retryFailed(jobs, subject, stores, who)).length;
  return { changed, message: `${changed === 1 ? '1 job is' : `${changed} jobs are`} tried again` };
}

async function failedOne({ queue, job: id }: JobName, queues: Queues): Promise<JobName[]> {
  if ((await queues.job(queue, id)) === undefined)
    throw new Refusal(404, 'not_found', `there is no job ${id} in the queue ${queue} any more`);
  return (await queues.state(queue, id)) === 'failed' ? [{ queue, job: id }] : [];
}
