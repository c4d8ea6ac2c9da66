import type { ContractNo } from '@sluice/core';
import { PostgresFailure } from '@sluice/ledger';
import { messageOf, tracing } from '@sluice/process';
import type { Handled, TakenJob } from '@sluice/staging';
import type { Stores } from '../stores.ts';
import { asideBecauseOf } from './aside.ts';
import { type CommittedBatch, commit, commitSome } from './commit.ts';
import { isOutage } from './outage.ts';
import { namesOfChunks } from './set-aside.ts';

/** The most batches in one transaction. */
const TOGETHER = 5;

/** How many insert jobs a worker holds: while some are being committed, others of the same contract gather. */
export const INSERT_JOBS = 2 * TOGETHER;

type Needs = Pick<Stores, 'log' | 'feeds' | 'sql' | 'staging' | 'queues'>;

/** What came of a job's batch. */
type Outcome = CommittedBatch | { readonly aside: string };

interface WaitingJob {
  readonly job: TakenJob<'insert'>;
  readonly outcome: PromiseWithResolvers<Outcome>;
}

/**
 * Commits the batches of insert jobs. While batches of a contract are being committed, others of that contract wait, and are then
 * committed together. If that fails, each is committed alone, and only that is an attempt.
 */
export class InsertStage {
  readonly #stores: Needs;
  readonly #atOnce: number;
  readonly #waiting = new Map<ContractNo | null, WaitingJob[]>();
  readonly #busy = new Set<ContractNo | null>();

  /** @param atOnce how many contracts have a transaction at once */
  constructor(stores: Needs, atOnce: number) {
    this.#stores = stores;
    this.#atOnce = atOnce;
  }

  async run(job: TakenJob<'insert'>): Promise<Handled> {
    const { contractNo, chunks } = job.data;
    const files = new Map(chunks.map(({ fileNo, file: name }) => [fileNo, { fileNo, name }]));
    tracing()?.link([...files.values()]);
    const outcome = Promise.withResolvers<Outcome>();
    this.#waiting.set(contractNo, [...(this.#waiting.get(contractNo) ?? []), { job, outcome }]);
    this.#next();
    return await handledAs(await outcome.promise, job);
  }

  #next(): void {
    for (const [contract, jobs] of this.#waiting) {
      if (this.#busy.size >= this.#atOnce) return;
      if (this.#busy.has(contract)) continue;
      this.#busy.add(contract);
      this.#waiting.delete(contract);
      void this.#commit(jobs).then((left) => {
        this.#busy.delete(contract);
        const all = [...left, ...(this.#waiting.get(contract) ?? [])];
        // Behind the other contracts.
        this.#waiting.delete(contract);
        if (all.length > 0) this.#waiting.set(contract, all);
        this.#next();
      });
    }
  }

  /** Commits some of these jobs. Returns the others. Never rejects. */
  async #commit(jobs: readonly WaitingJob[]): Promise<readonly WaitingJob[]> {
    const [first, ...others] = jobs.slice(0, TOGETHER);
    if (first === undefined) return [];
    if (others.length > 0) {
      const done = await this.#together([first, ...others]);
      if (done > 0) return jobs.slice(done);
    }
    // At once, so that a table that somebody has locked costs each of them one time-out, and not the last one five.
    const alone = [first, ...others].map(({ job, outcome }) =>
      commitNoted(job, this.#stores).then(outcome.resolve, outcome.reject),
    );
    await Promise.all(alone);
    return jobs.slice(TOGETHER);
  }

  /** Commits jobs in one transaction. Returns how many have their outcome; 0 when each must be committed alone. */
  async #together(jobs: readonly [WaitingJob, ...WaitingJob[]]): Promise<number> {
    const [first, ...others] = jobs;
    try {
      const results = await commitSome([takenOf(first), ...others.map(takenOf)], this.#stores);
      for (const [i, result] of results?.entries() ?? []) jobs[i]?.outcome.resolve(result);
      return results?.length ?? 0;
    } catch (error) {
      if (isOutage(error)) {
        for (const { outcome } of jobs) outcome.reject(error);
        return jobs.length;
      }
      this.#stores.log.debug(
        { batches: jobs.length, reason: messageOf(error) },
        'batches cannot be committed together: each is committed alone',
      );
      return 0;
    }
  }
}

// A flush adds the job when it takes the chunks, so the job's time is the time they were taken.
function takenOf({ job }: WaitingJob) {
  return { batch: job.data, takenAt: job.addedAt };
}

async function handledAs(committed: Outcome, job: TakenJob<'insert'>): Promise<Handled> {
  if ('aside' in committed) return { outcome: 'done', result: { outcome: 'aside', why: committed.aside } };
  const { newer, foreign, ...result } = committed;
  if (newer.length > 0) return { outcome: 'newer', what: namesOfChunks(newer) };
  if (foreign.length === 0) return { outcome: 'done', result };
  // The job keeps only the rest of the batch, so that people can read it where the failed job is shown.
  const records = foreign.reduce((sum, chunk) => sum + chunk.records, 0);
  await job.rewrite({ ...job.data, records, chunks: foreign });
  const why =
    `the ledger does not know the files of ${foreign.length} chunks: ${namesOfChunks(foreign)}. ` +
    'The rest of the batch is committed. "recover" drops them; a file that lies in the folder is loaded again';
  return { outcome: 'failed', why };
}

/** The job's log shows the attempts of a failed batch; the job's data say whether a later flush may queue it again. */
async function commitNoted(job: TakenJob<'insert'>, stores: Needs): Promise<Outcome> {
  try {
    return await commit(job.data, stores, job.addedAt);
  } catch (error) {
    const failure = error instanceof PostgresFailure ? error.kind : 'fault';
    const reason = messageOf(error);
    if (failure === 'outage') throw error;
    const aside = await asideBecauseOf(job.data, stores);
    if (aside !== undefined) return { aside };
    await job.note(`${new Date().toISOString()} attempt ${job.attempt}: ${reason}`);
    const transient = failure === 'transient' || failure === 'conflict';
    if (job.data.transient !== transient) await job.rewrite({ ...job.data, transient });
    throw error;
  }
}
