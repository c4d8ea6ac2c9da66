import { type TracedFile, tracing } from '@sluice/process';
import type { JobsOptions, QueueBaseOptions } from 'bullmq';

/** The option of BullMQ that makes spans of jobs; nothing without a collector. */
export function traced(): Pick<QueueBaseOptions, 'telemetry'> {
  const telemetry = tracing()?.telemetry;
  return telemetry === undefined ? {} : { telemetry };
}

/** The options that make a job a part of the trace of its file. */
export function inTraceOf(file: TracedFile): Pick<JobsOptions, 'telemetry'> {
  const metadata = tracing()?.contextOf(file);
  return metadata === undefined ? {} : { telemetry: { metadata } };
}
