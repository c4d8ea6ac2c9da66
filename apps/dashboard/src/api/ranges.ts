import { Refusal } from './refusal.ts';
import type { ranges } from './schemas.ts';

type Range = (typeof ranges)[number];

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The length of each range and the step of its plots, in seconds. */
const LENGTHS: Readonly<Record<Range, { readonly length: number; readonly step: number }>> = {
  '15m': { length: 15 * MINUTE, step: 15 },
  '1h': { length: HOUR, step: MINUTE },
  '6h': { length: 6 * HOUR, step: 5 * MINUTE },
  '24h': { length: 24 * HOUR, step: 15 * MINUTE },
  '7d': { length: 7 * DAY, step: 2 * HOUR },
};

/** The steps of other spans. The first one that gives at most so many points is taken. */
const STEPS = [
  ...[1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 4, 6, 12].map((n) => n * HOUR),
  DAY,
];
const POINTS = 96;
/** The longest span that is asked for with its begin and end. */
const LONGEST_DAYS = 92;

/** What is asked for: a range that ends now, or a begin and an end. */
export interface AskedSpan {
  readonly range: Range;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** A span of time and the step of its plots. `fixed`: it stays where it is while time goes on. */
export interface Span {
  readonly from: Date;
  readonly to: Date;
  readonly stepSeconds: number;
  readonly fixed: boolean;
}

/**
 * The span that is asked for. It begins where a step begins.
 *
 * @throws {Refusal} when its begin and end are not those of a span that has begun
 */
export function spanOf({ range, from, to }: AskedSpan, now = Date.now()): Span {
  if (from === undefined && to === undefined) {
    const { length, step } = LENGTHS[range];
    return { ...spanFrom(now - length * 1000, now, step), fixed: false };
  }
  const [begin, end] = [Date.parse(from ?? ''), Math.min(Date.parse(to ?? ''), now)];
  const seconds = (end - begin) / 1000;
  if (!(seconds > 0 && seconds <= LONGEST_DAYS * DAY)) {
    const hint = `give both from and to, from before to and not in the future, and at most ${LONGEST_DAYS} days`;
    throw new Refusal(
      400,
      'bad_request',
      'from and to are not the begin and the end of a span of time',
      hint,
    );
  }
  const step = STEPS.find((one) => seconds / one <= POINTS) ?? DAY;
  return { ...spanFrom(begin, end, step), fixed: true };
}

function spanFrom(begin: number, end: number, step: number): Omit<Span, 'fixed'> {
  const from = Math.floor(begin / 1000 / step) * step;
  return { from: new Date(from * 1000), to: new Date(end), stepSeconds: step };
}
