import { z } from 'zod';
import { bytes, count, seconds, time } from './basics.ts';

export const host = z.object({
  host: z.string(),
  processes: count,
  cpus: count.nullable(),
  cpuPercent: z.number().nullable().describe('Of all its processors, 0 to 100'),
  memoryBytes: bytes.nullable(),
  memoryUsedBytes: bytes.nullable(),
  receivedMbps: z.number().nullable(),
  sentMbps: z.number().nullable(),
});

export const fleet = z.object({
  at: time,
  processes: z.array(
    z.object({
      id: z.string(),
      role: z.string(),
      host: z.string(),
      pid: count,
      version: z.string(),
      startedAt: time,
      uptimeSeconds: seconds,
      busy: count,
      concurrency: count,
      lastSeenSeconds: seconds,
      silent: z.boolean().describe('Three heartbeats are missing'),
      cpuPercent: z.number().nullable().describe('Of one processor; more than 100 with several threads'),
      memoryBytes: bytes.nullable(),
      heapBytes: bytes.nullable(),
      eventLoopP99Ms: z.number().nullable().describe('Since the heartbeat before'),
      eventLoopMaxMs: z.number().nullable(),
      metrics: z.string().nullable().describe('Where it serves its own metrics; null where it does not'),
    }),
  ),
  hosts: z.array(host),
});
