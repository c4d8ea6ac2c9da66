import { KILL_POINTS } from '@sluice/process/kill-points';
import { z } from 'zod';

/** What the lab tells an app: where to die, and by how many milliseconds its clock is wrong. */
export const order = z.object({
  kill: z.object({ point: z.enum(KILL_POINTS), nth: z.int().min(1) }).optional(),
  clockBack: z.number().min(0),
});
export type Order = z.infer<typeof order>;
