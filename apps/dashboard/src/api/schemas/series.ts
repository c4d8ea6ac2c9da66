import { z } from 'zod';
import { count, time } from './basics.ts';

const column = z.array(z.number().nullable());
/** Columns for uPlot. Each has as many values as `time`, and null where there is no data. */
export const series = z.object({
  from: time,
  to: time,
  stepSeconds: count,
  time: z.array(z.number()).describe('Begin of each step, in seconds since 1970'),
  readPerSecond: column,
  insertedPerSecond: column,
  rejectsPerSecond: column,
  duplicatesPerSecond: column,
  batches: column,
  latencyP50: column,
  latencyP95: column,
  latencyP99: column,
  marks: z
    .array(
      z.object({
        time: z.number().describe('In seconds since 1970'),
        kind: z.enum(['flush', 'start']).describe('start: a process of the fleet began'),
        text: z.string(),
      }),
    )
    .describe('At most 100'),
});
