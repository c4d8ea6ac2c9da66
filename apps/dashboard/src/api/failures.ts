import { type Contract, feedOf, keyOf, type ParsedRow, uuidKeyOf } from '@sluice/core';
import { causeOf, type FeedStores, groupedJobs, groupOf, stagedRows } from '@sluice/pipeline';
import { type InsertJob, QUEUE_NAMES, type QueueName, refOf } from '@sluice/staging';
import type { z } from 'zod';
import { shownJob } from './failed-jobs.ts';
import { contractAt } from './feeds.ts';
import { Refusal } from './refusal.ts';
import { iso, route } from './route.ts';
import { contentColumns, contentOfRow, keyOfRow } from './rows.ts';
import { batchRecords, failurePage, failures, jobParams } from './schemas.ts';

const SAMPLES = 5;

export const failuresRoute = route({
  method: 'GET',
  path: '/api/failures',
  summary: 'Failed jobs of all queues, by what they failed of',
  answer: failures,
  answerTo: async (_, { servers, stores: { queues } }) => {
    const [found, counts] = await servers.ask('redis', () =>
      Promise.all([groupedJobs(queues), Promise.all(QUEUE_NAMES.map((queue) => queues.counts(queue)))]),
    );
    const groups = [...Map.groupBy(found, ({ group }) => group)].flatMap(([group, jobs]) => {
      const [latest] = jobs;
      if (latest === undefined) return [];
      const shown = jobs.map(({ job }) => shownJob(job));
      const { sqlstate, constraint } = causeOf(latest.job.reason);
      return {
        ...{ group, queue: latest.job.queue, reason: latest.reason, sqlstate, constraint },
        jobs: jobs.length,
        records: shown.reduce((sum, { records }) => sum + (records ?? 0), 0),
        firstSeen: shown.at(-1)?.failedAt ?? '',
        lastSeen: shown[0]?.failedAt ?? '',
        samples: shown.slice(0, SAMPLES),
      };
    });
    return { groups, jobs: counts.reduce((sum, { failed }) => sum + failed, 0), looked: found.length };
  },
});

export const failureRoute = route({
  method: 'GET',
  path: '/api/failures/{queue}/{job}',
  summary: 'One job: why it failed, its attempts, and the chunks that it carries',
  params: jobParams,
  answer: failurePage,
  answerTo: async ({ params }, { servers, stores }) =>
    await servers.ask('redis', () => pageOfJob(params.queue, params.job, stores)),
});

export const batchRecordsRoute = route({
  method: 'GET',
  path: '/api/failures/{queue}/{job}/records',
  summary: 'The records of a failed batch, as they are staged: the only place but rejects that shows values',
  params: jobParams,
  answer: batchRecords,
  answerTo: async ({ params, visitor }, { servers, stores }) =>
    await servers.ask(['redis', 'postgres'], async () => {
      const batch = await batchOf(params.queue, params.job, stores);
      const contract = await contractAt(stores.sql, batch.contractNo);
      const staged = await stagedRows(batch, contract, stores);
      const records = staged.flatMap(({ file, fileNo, rows }) =>
        rows.map((row) => ({
          ...{ fileNo, file, line: row.sluice_line, ...identityOf(contract, row, fileNo) },
          values: visitor.values ? contentOfRow(contract, row) : null,
        })),
      );
      const kept = staged.reduce((sum, chunk) => sum + chunk.records, 0);
      const columns = [...contract.key, ...contentColumns(contract)];
      const feed = feedOf(batch.chunks[0]?.file ?? '');
      return { feed, batch: batch.id, columns, records, missing: Math.max(0, batch.records - kept) };
    }),
});

/** The batch of an insert job. */
export async function batchOf(queue: QueueName, id: string, { queues }: FeedStores): Promise<InsertJob> {
  const job = queue === 'insert' ? await queues.job('insert', id) : undefined;
  if (job?.content.outcome === 'read') return job.content.value;
  throw new Refusal(
    404,
    'not_found',
    'there is no batch of that name; one that is committed is not kept for long',
  );
}

/** What tells a row from others. */
export function identityOf(contract: Contract, row: ParsedRow, fileNo: number) {
  return {
    eventId: uuidKeyOf(contract) ? keyOf(contract, row) : null,
    key: keyOfRow(contract, row, fileNo),
  };
}

async function pageOfJob(
  queue: QueueName,
  id: string,
  { queues, staging }: FeedStores,
): Promise<z.infer<typeof failurePage>> {
  const job = await queues.job(queue, id);
  if (job === undefined) {
    throw new Refusal(
      404,
      'not_found',
      'there is no such job (any more): jobs that succeeded are not kept for long',
    );
  }
  const { content } = job;
  const batch = content.outcome === 'read' && 'chunks' in content.value ? content.value : undefined;
  const [state, notes, payloads] = await Promise.all([
    queues.state(queue, id),
    queues.notes(queue, id),
    batch && staging.payloads(batch),
  ]);
  return {
    job: {
      ...shownJob(job),
      state,
      group: state === 'failed' ? groupOf(job).group : null,
      reason: job.reason,
      ...causeOf(job.reason),
      transient: batch?.transient === true,
      addedAt: iso(job.addedAt),
      maxAttempts: job.attemptsAtMost,
    },
    attempts: notes.map(attemptOf),
    chunks: batch?.chunks.map((chunk) => ({ ...chunk, staged: payloads?.has(refOf(chunk)) === true })) ?? [],
  };
}

/** A line of a job's log, which starts with the time. */
function attemptOf(line: string): z.infer<typeof failurePage>['attempts'][number] {
  const [, at, text] = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) (.*)$/s.exec(line) ?? [];
  return at === undefined || text === undefined ? { at: null, text: line } : { at, text };
}
