import { Job, type JobJson, type JobProgress, type JobType, Queue, Worker } from 'bullmq';
import { moment } from './entry.ts';

type JobQueue = Parameters<typeof Job.fromId>[0];

/** What is shown for a job that cannot be read at all. */
const NOTHING: JobJson = {
  ...{ id: '', name: 'a job that cannot be read', data: '{}', opts: {}, progress: 0, attemptsMade: 0 },
  ...{ attemptsStarted: 0, timestamp: 0, failedReason: '', returnvalue: 'null', stalledCounter: 0 },
};

/**
 * BullMQ's job, except that a job that another program made unreadable becomes a job without data instead of an error. The error
 * would break every list that contains the job, and the worker that takes the job could never fail it.
 */
class TolerantJob<Data, Result, Name extends string, Progress extends JobProgress> extends Job<
  Data,
  Result,
  Name,
  Progress
> {
  static override async fromId<T, R, N extends string>(
    queue: JobQueue,
    jobId: string,
  ): Promise<Job<T, R, N> | undefined> {
    try {
      const json = await queue.backend.getJobData(jobId);
      return json && TolerantJob.fromJSON<T, R, N>(queue, json, jobId);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      return TolerantJob.fromJSON<T, R, N>(queue, { ...NOTHING, id: jobId }, jobId);
    }
  }

  static override fromJSON<T, R, N extends string>(
    queue: JobQueue,
    json: JobJson,
    jobId?: string,
  ): Job<T, R, N> {
    if (isSound(json)) {
      try {
        return Job.fromJSON<T, R, N>(queue, json, jobId);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
      }
    }
    return Job.fromJSON<T, R, N>(queue, readable(json), jobId);
  }
}

/** Whether all but the texts that are JSON is what BullMQ writes. Almost every job is, so this costs little. */
function isSound({ name, timestamp, finishedOn, processedOn }: JobJson): boolean {
  const may = (at: unknown) => at === undefined || isMoment(at);
  return name !== '' && isMoment(timestamp) && may(finishedOn) && may(processedOn);
}

function isMoment(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 8.64e15;
}

/** What can be read of a job. */
function readable({ name, data, timestamp, finishedOn, processedOn, ...rest }: JobJson): JobJson {
  return {
    ...rest,
    name: name || NOTHING.name,
    data: isJson(data) ? data : NOTHING.data,
    timestamp: moment.catch(0).parse(timestamp),
    ...(moment.safeParse(finishedOn).success && { finishedOn: Number(finishedOn) }),
    ...(moment.safeParse(processedOn).success && { processedOn: Number(processedOn) }),
  };
}

/** A queue whose lists of jobs show what can be read of each. */
export class TolerantQueue extends Queue {
  protected override get Job(): typeof Job {
    return TolerantJob;
  }

  /** BullMQ reads a list in one script, which fails at the first job whose key has another type. Then each job is read alone. */
  override async getJobs(types?: JobType[] | JobType, start = 0, end = -1, asc = false): Promise<Job[]> {
    try {
      return await super.getJobs(types, start, end, asc);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      const ids = await this.getRanges([types ?? []].flat(), start, end, asc);
      const jobs: (Job | undefined)[] = await Promise.all(ids.map((id) => this.getJob(id)));
      return jobs.filter((job) => job !== undefined);
    }
  }
}

/** A worker that gets an unreadable job without its data, so that the job can fail. */
export class TolerantWorker extends Worker {
  protected override get Job(): typeof Job {
    return TolerantJob;
  }
}

/** True for the error of a value that has another type or form than expected. */
export function isUnreadable(error: unknown): boolean {
  if (error instanceof SyntaxError || error instanceof TypeError) return true;
  return error instanceof Error && error.message.startsWith('WRONGTYPE');
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false; // the text is not JSON, which answers the question
  }
}
