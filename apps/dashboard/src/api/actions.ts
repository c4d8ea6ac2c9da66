import { replay } from '@sluice/pipeline';
import { findFile, writeAudit } from '@sluice/postgres';
import type { QueueName } from '@sluice/redis';
import type { z } from 'zod';
import type { Dashboard } from '../dashboard.ts';
import { groupedJobs } from './failed-jobs.ts';
import { Refusal } from './refusal.ts';
import { route } from './route.ts';
import { done, queueOrder, replayOrder, retryOrder } from './schemas.ts';

type Done = z.infer<typeof done>;

export const retryRoute = route({
  method: 'POST',
  path: '/api/actions/retry',
  summary:
    'Has a failed job, or all of a group, tried again. One that is not failed any more is left as it is',
  body: retryOrder,
  answer: done,
  answerTo: async ({ body, who }, { servers, stores }) =>
    await servers.ask(['redis', 'postgres'], async () => {
      const jobs = 'group' in body ? await jobsOfGroup(body.group, stores) : [body];
      let changed = 0;
      for (const { queue, job } of jobs) changed += (await retryOne(queue, job, stores)) ? 1 : 0;
      const subject = 'group' in body ? `group ${body.group}` : `${body.queue} ${body.job}`;
      const detail = { jobs: jobs.slice(0, 100), retried: changed };
      if (changed > 0) await writeAudit(stores.sql, { action: 'retry', subject, detail, who });
      if (changed > 0)
        return { changed, message: `${changed === 1 ? '1 job is' : `${changed} jobs are`} tried again` };
      return { changed, message: 'nothing to do: it is not failed any more' };
    }),
});

export const replayRoute = route({
  method: 'POST',
  path: '/api/actions/replay',
  summary: 'Has a loaded file read again, as a new version. Rows that are in the table count as duplicates',
  body: replayOrder,
  answer: done,
  answerTo: async ({ body, who }, { servers, stores }) =>
    await servers.ask(['redis', 'postgres'], async () => {
      const file = await findFile(stores.sql, body.file);
      if (file === undefined) throw new Refusal(404, 'not_found', `the ledger has no file ${body.file}`);
      const { fileNo } = await replay(file.name, stores, who);
      return { changed: 1, message: `${file.name} is read again, as file ${fileNo}` };
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

async function setPaused(
  name: QueueName,
  pause: boolean,
  who: string,
  { servers, stores }: Dashboard,
): Promise<Done> {
  return await servers.ask(['redis', 'postgres'], async () => {
    const queue = stores.queues[name];
    const is = pause ? 'is paused' : 'goes on';
    if ((await queue.isPaused()) === pause)
      return { changed: 0, message: `nothing to do: ${name} ${is} already` };
    if (pause) await queue.pause();
    else await queue.resume();
    await writeAudit(stores.sql, { action: pause ? 'pause' : 'resume', subject: name, detail: {}, who });
    return { changed: 1, message: `${name} ${is}` };
  });
}

interface JobName {
  readonly queue: QueueName;
  readonly job: string;
}

async function jobsOfGroup(group: string, { queues }: Dashboard['stores']): Promise<JobName[]> {
  const jobs = (await groupedJobs(queues)).filter((one) => one.group === group);
  return jobs.map(({ queue, job }) => ({ queue, job: job.id ?? '' }));
}

/** False when it is not failed (any more). Two at once: one of them does it. */
async function retryOne(name: QueueName, id: string, { queues }: Dashboard['stores']): Promise<boolean> {
  const job = await queues[name].getJob(id);
  if (job === undefined)
    throw new Refusal(404, 'not_found', `there is no job ${id} in the queue ${name} any more`);
  if ((await job.getState()) !== 'failed') return false;
  try {
    await job.retry('failed', { resetAttemptsMade: true });
    return true;
  } catch (error) {
    if ((await job.getState()) !== 'failed') return false;
    throw error;
  }
}
