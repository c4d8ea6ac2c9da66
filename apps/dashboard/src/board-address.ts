import type { QueueName } from '@sluice/staging';

/** The path of Bull Board. */
export const BOARD = '/queues';

/** The address of a queue on Bull Board. */
export function boardQueue(queue: QueueName): string {
  return `${BOARD}/queue/${queue}`;
}

/** The address of a job on Bull Board. */
export function boardJob(queue: QueueName, job: string): string {
  return `${boardQueue(queue)}/${encodeURIComponent(job)}`;
}

/** The address of a job on our own page. */
export function failureAddress(queue: string, job: string): string {
  return `/#/failures/${encodeURIComponent(queue)}/${encodeURIComponent(job)}`;
}
