import { z } from 'zod';
import { count, cursor, queueName, time } from './basics.ts';

export const queues = z.object({
  queues: z.array(
    z.object({
      queue: queueName,
      paused: z.boolean(),
      waiting: count,
      active: count,
      delayed: count,
      failed: count,
      completed: count
        .nullable()
        .describe(
          'Since the first file: files that were read to their end (parse), and commits (insert), as the ledger has them. Null for flushes, which nobody counts, and while PostgreSQL is away',
        ),
      workers: count,
      board: z.string(),
    }),
  ),
});

export const auditList = z.object({
  entries: z.array(
    z.object({
      auditNo: count,
      action: z.string(),
      subject: z.string(),
      detail: z.record(z.string(), z.unknown()),
      doneBy: z.string(),
      doneAt: time,
    }),
  ),
  cursor,
});

export const session = z.object({
  user: z.string(),
  role: z.enum(['operator', 'viewer']),
  values: z.boolean().describe('Values of rows are shown, and not null'),
  readOnly: z.boolean().describe('DASHBOARD_READ_ONLY'),
  mayAct: z.boolean(),
  loggedIn: z.boolean().describe('In a session, which a log-out ends'),
  csrf: z.string().describe('The value of the header x-sluice-csrf'),
  version: z.string(),
  alerts: z.boolean().describe('ALERT_WEBHOOK is set'),
  eventsTable: z.string(),
  sourceDir: z.string(),
});

export const replayOrder = z.strictObject({ file: z.number().int().positive().describe('Its fileNo') });
export const queueOrder = z.strictObject({ queue: queueName });
export const ackOrder = z.strictObject({
  code: z.string().describe('The code of a reason of the level attention'),
  subject: z.string().describe('Its subject; empty: all of that code'),
  version: z.string().describe('Its version; empty: whichever it is'),
});
export const done = z.object({
  changed: count.describe('0: it was so already'),
  message: z.string(),
});
