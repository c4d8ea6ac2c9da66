import type { Rights } from '@sluice/access';
import { feedOf } from '@sluice/core';
import {
  type CommittedChunk,
  chunksOfBatch,
  commitsOfBatch,
  type ListedCommit,
  listCommits,
  rejectsOfBatch,
} from '@sluice/ledger';
import { contentOf, type FeedStores } from '@sluice/pipeline';
import type { Queues, SeenJob } from '@sluice/staging';
import type { z } from 'zod';
import { ifAllowed } from '../reader.ts';
import { numberOf, pageOf } from './pages.ts';
import { Refusal } from './refusal.ts';
import { contractsOf, shownReject } from './rejects.ts';
import { iso, route } from './route.ts';
import { batchList, batchPage, batchParams, feedPageQuery } from './schemas.ts';

const PAGE = 50;
const FILES_SHOWN = 5;
/** A batch has no more chunks than this. */
const CHUNKS = 1_000;

const OPEN = ['active', 'waiting', 'delayed', 'failed'] as const;
type OpenState = (typeof OPEN)[number];

export const batchesRoute = route({
  method: 'GET',
  path: '/api/batches',
  summary: 'Micro-batches: those that are not committed, and the commits of the others, newest first',
  query: feedPageQuery,
  answer: batchList,
  answerTo: async ({ query: { feed, cursor: from } }, { servers, stores }) => {
    const [found, open] = await Promise.all([
      servers.ask('postgres', () =>
        listCommits(stores.sql, { feed, after: numberOf(from), limit: PAGE + 1 }),
      ),
      from === undefined ? servers.askOrNull('redis', () => openJobs(stores.queues)) : [],
    ]);
    const { page, cursor } = pageOf(found, PAGE, ({ commitNo }) => String(commitNo));
    const own = (open ?? []).filter(({ feeds }) => feed === undefined || feeds.has(feed));
    return { open: own.map(({ feeds: _, ...job }) => job), commits: page.map(shownCommit), cursor };
  },
});

export const batchRoute = route({
  method: 'GET',
  path: '/api/batches/{batch}',
  summary:
    'One micro-batch: its chunks and files, what became of its records, when, and in how many attempts',
  params: batchParams,
  answer: batchPage,
  answerTo: async ({ params: { batch }, visitor }, { servers, stores }) => {
    const [chunks, job] = await Promise.all([
      servers.ask('postgres', () => chunksOfBatch(stores.sql, batch, CHUNKS)),
      servers.askOrNull('redis', () => jobOf(batch, stores.queues)),
    ]);
    if (chunks.length === 0 && job === undefined) {
      throw new Refusal(
        404,
        'not_found',
        `neither the ledger nor the queue has a batch ${batch}`,
        'RETENTION drops the detail of old files',
      );
    }
    return await servers.ask('postgres', () => pageOfBatch(batch, chunks, job ?? undefined, visitor, stores));
  },
});

interface KnownJob {
  readonly seen: SeenJob<'insert'>;
  readonly state: string;
}

async function jobOf(batch: string, queues: Queues): Promise<KnownJob | undefined> {
  const seen = await queues.job('insert', batch);
  return seen && { seen, state: await queues.state('insert', batch) };
}

async function openJobs(queues: Queues) {
  const perState = await Promise.all(
    OPEN.map(async (state) => {
      const jobs = await queues.jobs('insert', state, 0, PAGE);
      return jobs.map((job) => ({ job, state }));
    }),
  );
  return perState.flat().map(({ job, state }) => {
    const { files, records } = contentOf(job);
    return {
      ...{ batch: job.id, state, records, fileCount: files.length, files: files.slice(0, FILES_SHOWN) },
      ...{ attempts: job.attempts, maxAttempts: job.attemptsAtMost, takenAt: iso(job.addedAt) },
      feeds: new Set(files.map(feedOf)),
    };
  });
}

async function pageOfBatch(
  batch: string,
  committed: readonly CommittedChunk[],
  job: KnownJob | undefined,
  visitor: Rights,
  { sql }: FeedStores,
): Promise<z.infer<typeof batchPage>> {
  const [commits, rejects, contracts] = await Promise.all([
    commitsOfBatch(sql, batch),
    ifAllowed(rejectsOfBatch(sql, batch, PAGE + 1)),
    contractsOf(sql),
  ]);
  const open = OPEN.find((state) => state === job?.state);
  const content = job?.seen.content;
  const known = new Set(committed.map(({ fileNo, firstLine }) => `${fileNo}-${firstLine}`));
  const left = content?.outcome === 'read' && open !== undefined ? content.value.chunks : [];
  const chunks = [
    ...committed.map((chunk) => ({ ...chunk, committedAt: iso(chunk.committedAt) })),
    ...left
      .filter(({ fileNo, firstLine }) => !known.has(`${fileNo}-${firstLine}`))
      .map((chunk) => ({ ...chunk, committedAt: null })),
  ].map(({ fileNo, file, firstLine, lastLine, records, committedAt }) => {
    return { fileNo, file, firstLine, lastLine, records, committedAt };
  });
  return {
    ...{ batch, state: open ?? 'committed', chunks, commits: commits.map(shownCommit) },
    records: chunks.reduce((sum, { records }) => sum + records, 0),
    timeline: timelineOf(committed, commits, job?.seen.addedAt),
    job: job === undefined ? null : shownJob(job.seen, open),
    rejects: rejects?.slice(0, PAGE).map((reject) => shownReject(reject, visitor, contracts)) ?? null,
    moreRejects: (rejects?.length ?? 0) > PAGE,
  };
}

function shownJob(seen: SeenJob, open: OpenState | undefined): NonNullable<z.infer<typeof batchPage>['job']> {
  const { attempts, attemptsAtMost: maxAttempts, reason } = seen;
  return { attempts, maxAttempts, reason: open === undefined ? null : reason };
}

function timelineOf(
  chunks: readonly CommittedChunk[],
  commits: readonly ListedCommit[],
  addedAt: Date | undefined,
): z.infer<typeof batchPage>['timeline'] {
  const first = (times: readonly Date[]) =>
    times.length === 0 ? undefined : new Date(Math.min(...times.map(Number)));
  const last = (times: readonly Date[]) =>
    times.length === 0 ? undefined : new Date(Math.max(...times.map(Number)));
  const taken = commits.flatMap(({ takenAt }) => takenAt ?? []);
  const points: [string, Date | undefined][] = [
    ['first file queued', first(chunks.map(({ queuedAt }) => queuedAt))],
    ['first chunk staged', first(chunks.map(({ stagedAt }) => stagedAt))],
    ['last chunk staged', last(chunks.map(({ stagedAt }) => stagedAt))],
    ['taken from staging', first(taken) ?? addedAt],
    ['committed', last(commits.map(({ committedAt }) => committedAt))],
  ];
  return points.flatMap(([name, at]) => (at === undefined ? [] : [{ name, at: iso(at) }]));
}

function shownCommit({
  takenAt,
  committedAt,
  ...commit
}: ListedCommit): z.infer<typeof batchList>['commits'][number] {
  return { ...commit, takenAt: iso(takenAt), committedAt: iso(committedAt) };
}
