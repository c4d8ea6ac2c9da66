import { type ChunkRef, type ContractNo, contractNo, type FileNo, fileNo, type Token } from '@sluice/core';
import { z } from 'zod';
import { type Entry, readValue } from './entry.ts';

/** A micro-batch that has been taken and not yet settled. All its chunks are of one contract. */
export interface OpenBatch {
  readonly id: string;
  /** Null: a version of Sluice without contracts staged its chunks. */
  readonly contractNo: ContractNo | null;
  readonly chunks: readonly ChunkRef[];
}

/** The queues, in the order in which a file passes them. Each has its own BullMQ worker, so that parses never starve inserts. */
export const QUEUE_NAMES = ['parse', 'flush', 'insert'] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];

/** The version of the payloads below. Jobs carry references, never rows (I10). */
const VERSION = z.literal(1);
const newerJob = z.object({ v: z.number().gt(VERSION.value) });

const firstTry = z.object({
  token: z.string().transform((value) => value as Token),
  changed_at: z.string().nullable(),
  contract: contractNo,
  chunk_rows: z.int().positive(),
  reader: z.int().positive(),
});

/**
 * `bytes`: the size of the file. Earlier versions did not note it. `first_try`: what the first try needs to know of the version. Who
 * added the job has noted the beginning of that try in the ledger, so it asks for nothing there. Later tries, and earlier versions,
 * ask the ledger.
 */
const parseJob = z.object({
  v: VERSION,
  file_no: fileNo,
  file: z.string(),
  bytes: z.number().exactOptional(),
  first_try: firstTry.exactOptional(),
});
export type ParseJob = z.infer<typeof parseJob>;

/** Name of the retention jobs. They share a queue with the flushes, and have no payload. */
export const RETENTION_JOB = 'retention';

/**
 * `full` takes only full batches; `all` takes everything, or with `idle` everything of the contracts of which no file is on its way.
 * A version that does not know `idle` takes everything.
 */
export const flushJob = z.object({
  v: VERSION,
  mode: z.enum(['full', 'all', RETENTION_JOB]),
  idle: z.literal(true).exactOptional(),
});
export type FlushJob = z.infer<typeof flushJob>;

/** A row of a batch that an operator rejects, because PostgreSQL refuses it: why, and its place in the file. It has no value (I10). */
const leftOut = z.object({
  file_no: fileNo,
  line: z.int().positive(),
  sqlstate: z.string(),
  constraint: z.string().nullable(),
  column: z.string().nullable(),
});

/** A row that a commit leaves out of the table, and makes a reject of its file. */
export interface LeftOut extends Omit<z.infer<typeof leftOut>, 'file_no'> {
  readonly fileNo: FileNo;
}

/** A micro-batch to be committed. */
export interface InsertJob extends OpenBatch {
  readonly records: number;
  /** The last failure was transient, so a later flush tries the batch again. */
  readonly transient: boolean;
  /** How often a later flush has tried the batch again. */
  readonly revivals: number;
  /** The rows that an operator rejects; absent: none. A version that does not know this commits or fails as before. */
  readonly leaveOut?: readonly LeftOut[];
}

const insertJob = z
  .object({
    v: VERSION,
    batch: z.uuid(),
    // A version without contracts named none.
    contract: contractNo.nullable().default(null),
    records: z.number(),
    transient: z.boolean().default(false),
    revivals: z.number().default(0),
    leave_out: z.array(leftOut).exactOptional(),
    chunks: z.array(
      z.object({
        file: z.string(),
        file_no: fileNo,
        lines: z.tuple([z.number(), z.number()]),
        records: z.number(),
      }),
    ),
  })
  .transform(({ v: _, batch: id, contract: contractNo, chunks, leave_out, ...job }): InsertJob => {
    const refs = chunks.map(({ file, file_no, lines: [firstLine, lastLine], records }): ChunkRef => {
      return { contractNo, fileNo: file_no, file, firstLine, lastLine, records };
    });
    const leaveOut = leave_out?.map(({ file_no, ...row }) => ({ fileNo: file_no, ...row }));
    return { id, contractNo, ...job, chunks: refs, ...(leaveOut && { leaveOut }) };
  });

/** The content of the jobs of each queue. */
export interface JobData {
  readonly parse: ParseJob;
  readonly flush: FlushJob;
  readonly insert: InsertJob;
}

const SCHEMAS: { readonly [Q in QueueName]: z.ZodType<JobData[Q]> } = {
  parse: parseJob,
  flush: flushJob,
  insert: insertJob,
};

/** Reads the content of a job. A newer version or another program may have added the job. */
export function readJob<Q extends QueueName>(
  queue: Q,
  { name, data }: { readonly name: string; readonly data: unknown },
): Entry<JobData[Q]> | { readonly outcome: 'newer' } {
  const isRetention = queue === 'flush' && name === RETENTION_JOB;
  const read = readValue(SCHEMAS[queue], isRetention ? { v: VERSION.value, mode: RETENTION_JOB } : data);
  return read.outcome === 'unreadable' && newerJob.safeParse(data).success ? { outcome: 'newer' } : read;
}

/** What a job stores in Redis. An insert names files and lines, so that people can read a failed one where it is shown. */
export function writeJob(job: JobData[QueueName]): object {
  if (!('chunks' in job)) return job;
  const { id, contractNo: contract, records, transient, revivals, chunks, leaveOut } = job;
  return {
    ...{ v: VERSION.value, batch: id, contract, records, transient, revivals },
    ...(leaveOut && { leave_out: leaveOut.map(({ fileNo: file_no, ...row }) => ({ file_no, ...row })) }),
    chunks: chunks.map(({ fileNo: file_no, file, firstLine, lastLine, records: own }) => {
      return { file, file_no, lines: [firstLine, lastLine], records: own };
    }),
  };
}
