import { setTimeout as delay } from 'node:timers/promises';
import { type FeedStores, groupedJobs, type JobName } from '@sluice/pipeline';
import { ErrorWithHint, hideSecrets } from '@sluice/process';
import { QUEUE_NAMES, type SeenJob } from '@sluice/staging';
import { counted, printable } from './printable.ts';
import type { Screen } from './screen.ts';

/**
 * The job with this id, or the failed one whose id begins with it.
 *
 * @throws {ErrorWithHint} when there is none, or several
 */
export async function jobNamed(id: string, { queues }: FeedStores): Promise<SeenJob> {
  for (const queue of ['insert', 'parse'] as const) {
    const job = await queues.job(queue, id);
    if (job !== undefined) return job;
  }
  const begun = (await groupedJobs(queues)).filter(({ job }) => job.id.startsWith(id));
  const [only] = begun;
  if (only !== undefined && begun.length === 1) return only.job;
  const what = only === undefined ? 'no batch' : `${begun.length} failed batches`;
  throw new ErrorWithHint(
    `${what} of that name: ${printable(id)}`,
    'see "npm run sluice -- failures"; one that is committed is not kept for long',
  );
}

/** What came of jobs that were put back. `waits` says why those that are neither done nor failed wait. */
export interface Ended {
  readonly done: readonly JobName[];
  readonly failed: readonly (JobName & { readonly reason: string })[];
  readonly waiting: readonly JobName[];
  readonly waits: string | null;
}

const LOOK_EVERY_MS = 250;
const ANYBODY_AFTER_LOOKS = 12;
const LOOKS_AT_MOST = (10 * 60_000) / LOOK_EVERY_MS;

/** Waits until each of these jobs is done or has failed again, as long as somebody works on them. */
export async function untilEnded(
  jobs: readonly JobName[],
  { queues }: FeedStores,
  stopping: AbortSignal,
  screen: Screen,
): Promise<Ended> {
  const done: JobName[] = [];
  const failed: (JobName & { reason: string })[] = [];
  let waiting = [...jobs];
  let waits = 'nobody waits for them any longer';
  for (let look = 0; waiting.length > 0 && look < LOOKS_AT_MOST && !stopping.aborted; look += 1) {
    const left: JobName[] = [];
    for (const one of waiting) {
      const state = await queues.state(one.queue, one.job);
      // A job that is done is not kept for long.
      if (state === 'completed' || state === 'unknown') done.push(one);
      else if (state !== 'failed') left.push(one);
      else failed.push({ ...one, reason: reasonOf(await queues.job(one.queue, one.job)) });
    }
    waiting = left;
    const why = look % ANYBODY_AFTER_LOOKS === 0 ? await whyNobody(waiting, queues) : undefined;
    if (why !== undefined) waits = why;
    if (why !== undefined && look > 0) break;
    if (waiting.length > 0) {
      screen.show(`waiting for ${counted(waiting.length, 'job')}`);
      await delay(LOOK_EVERY_MS, undefined, { signal: stopping }).catch(() => undefined);
    }
  }
  screen.show('');
  return { done, failed, waiting, waits: waiting.length === 0 ? null : waits };
}

async function whyNobody(
  waiting: readonly JobName[],
  queues: FeedStores['queues'],
): Promise<string | undefined> {
  for (const queue of QUEUE_NAMES) {
    if (!waiting.some((one) => one.queue === queue)) continue;
    if (await queues.isPaused(queue)) return `somebody paused the queue ${queue}: resume it on the page`;
    if ((await queues.workers(queue)) === 0) return 'no worker runs: npm run worker';
  }
  return undefined;
}

/** Why a job failed, without secrets and without what a terminal would act on. */
export function reasonOf(job: SeenJob | undefined): string {
  return printable(hideSecrets(job?.reason ?? 'no reason was recorded'));
}

/** Says what came of jobs. Returns the exit code: 0 all are done, 1 some failed again, 3 some are still on their way. */
export function sayEnded({ done, failed, waiting, waits }: Ended, screen: Screen): 0 | 1 | 3 {
  const { style } = screen;
  if (done.length > 0) screen.say(style(['bold', 'green'], `Done: ${kinds(done)}`));
  if (failed.length > 0) {
    screen.say(style(['bold', 'red'], `Failed again: ${kinds(failed)}`));
    for (const reason of new Set(failed.map((one) => one.reason))) screen.say(`  ${reason}`);
    screen.say('What refuses it, and what to do:  npm run sluice -- failures');
  }
  if (waiting.length > 0) {
    screen.say(style(['bold', 'yellow'], `On the way: ${kinds(waiting)}; ${waits}`));
    screen.say('How far they are:  npm run sluice -- status');
  }
  return failed.length > 0 ? 1 : waiting.length > 0 ? 3 : 0;
}

/** `1 batch`, `2 batches and 1 file`. */
export function kinds(jobs: readonly JobName[]): string {
  const batches = jobs.filter(({ queue }) => queue === 'insert').length;
  const parts = [
    ...(batches > 0 ? [counted(batches, 'batch', 'batches')] : []),
    ...(jobs.length > batches ? [counted(jobs.length - batches, 'file')] : []),
  ];
  return parts.join(' and ');
}
