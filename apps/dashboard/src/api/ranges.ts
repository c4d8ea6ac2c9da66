import type { ranges } from './schemas.ts';

export type Range = (typeof ranges)[number];

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** The length of each range and the step of its plots, in seconds. */
const LENGTHS: Readonly<Record<Range, { readonly length: number; readonly step: number }>> = {
  '15m': { length: 15 * MINUTE, step: 15 },
  '1h': { length: HOUR, step: MINUTE },
  '6h': { length: 6 * HOUR, step: 5 * MINUTE },
  '24h': { length: 24 * HOUR, step: 15 * MINUTE },
  '7d': { length: 7 * 24 * HOUR, step: 2 * HOUR },
};

/** The begin and end of a range that ends now. It begins where a step begins. */
export function spanOf(range: Range, now = Date.now()): { from: Date; to: Date; stepSeconds: number } {
  const { length, step } = LENGTHS[range];
  const from = Math.floor((now / 1000 - length) / step) * step;
  return { from: new Date(from * 1000), to: new Date(now), stepSeconds: step };
}
